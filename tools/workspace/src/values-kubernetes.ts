import type { JsonSchema } from './values-schema.ts';

const string = { type: 'string' };
const boolean = { type: 'boolean' };
const integer = { type: 'integer' };
const count = { type: 'integer', minimum: 0 };
const textList = { type: 'array', items: string };
/** What `--set` makes of a value that looks like a number or a switch is taken for text. */
const text = { type: ['string', 'number', 'boolean'] };
const textMap = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } };

function ref(name: string): JsonSchema {
  return { $ref: `#/definitions/${name}` };
}

function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

function block(properties: Readonly<Record<string, JsonSchema>>, ...required: string[]): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties,
  };
}

/** One requirement of a selector. */
function requirement(...operators: string[]): JsonSchema {
  return block({ key: string, operator: { enum: operators }, values: textList }, 'key', 'operator');
}

const keyReference = block({ name: string, key: string, optional: boolean }, 'key');
const profile = block(
  { type: { enum: ['Localhost', 'RuntimeDefault', 'Unconfined'] }, localhostProfile: string },
  'type',
);
const seLinuxOptions = block({ level: string, role: string, type: string, user: string });
const identity = {
  runAsNonRoot: boolean,
  runAsUser: count,
  runAsGroup: count,
  seLinuxOptions,
  seccompProfile: profile,
  appArmorProfile: profile,
};

function podAffinity(): JsonSchema {
  return block({
    requiredDuringSchedulingIgnoredDuringExecution: listOf(ref('podAffinityTerm')),
    preferredDuringSchedulingIgnoredDuringExecution: listOf(
      block({ weight: integer, podAffinityTerm: ref('podAffinityTerm') }, 'weight', 'podAffinityTerm'),
    ),
  });
}

/** Types of Kubernetes' core API that values of several charts have. */
const definitions: Readonly<Record<string, JsonSchema>> = {
  pullSecret: { type: ['string', 'object'], additionalProperties: false, properties: { name: string } },
  quantity: {
    type: ['string', 'number'],
    pattern: '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$',
  },
  toleration: block({
    key: string,
    operator: { enum: ['Exists', 'Equal', 'Lt', 'Gt'] },
    value: string,
    effect: { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
    tolerationSeconds: integer,
  }),
  envVar: block(
    {
      name: { type: 'string', minLength: 1 },
      value: { type: ['string', 'number', 'boolean', 'null'] },
      valueFrom: block({
        fieldRef: block({ apiVersion: string, fieldPath: string }, 'fieldPath'),
        resourceFieldRef: block(
          { containerName: string, resource: string, divisor: ref('quantity') },
          'resource',
        ),
        configMapKeyRef: keyReference,
        secretKeyRef: keyReference,
      }),
    },
    'name',
  ),
  labelSelector: block({
    matchLabels: { type: 'object', additionalProperties: string },
    matchExpressions: listOf(requirement('In', 'NotIn', 'Exists', 'DoesNotExist')),
  }),
  nodeSelectorTerm: block({
    matchExpressions: listOf(requirement('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt')),
    matchFields: listOf(requirement('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt')),
  }),
  podAffinityTerm: block(
    {
      labelSelector: ref('labelSelector'),
      namespaceSelector: ref('labelSelector'),
      namespaces: textList,
      topologyKey: string,
      matchLabelKeys: textList,
      mismatchLabelKeys: textList,
    },
    'topologyKey',
  ),
  affinity: block({
    nodeAffinity: block({
      requiredDuringSchedulingIgnoredDuringExecution: block(
        { nodeSelectorTerms: listOf(ref('nodeSelectorTerm')) },
        'nodeSelectorTerms',
      ),
      preferredDuringSchedulingIgnoredDuringExecution: listOf(
        block({ weight: integer, preference: ref('nodeSelectorTerm') }, 'weight', 'preference'),
      ),
    }),
    podAffinity: podAffinity(),
    podAntiAffinity: podAffinity(),
  }),
  resources: block({
    requests: { type: 'object', additionalProperties: ref('quantity') },
    limits: { type: 'object', additionalProperties: ref('quantity') },
    claims: listOf(block({ name: string, request: string }, 'name')),
  }),
  podSecurityContext: block({
    ...identity,
    fsGroup: count,
    fsGroupChangePolicy: { enum: ['Always', 'OnRootMismatch'] },
    supplementalGroups: listOf(count),
    supplementalGroupsPolicy: { enum: ['Merge', 'Strict'] },
    seLinuxChangePolicy: { enum: ['MountOption', 'Recursive'] },
    sysctls: listOf(block({ name: string, value: string }, 'name', 'value')),
  }),
  securityContext: block({
    ...identity,
    allowPrivilegeEscalation: boolean,
    privileged: boolean,
    procMount: { enum: ['Default', 'Unmasked'] },
    readOnlyRootFilesystem: boolean,
    capabilities: block({ add: textList, drop: textList }),
  }),
  topologySpreadConstraint: block(
    {
      labelSelector: ref('labelSelector'),
      matchLabelKeys: textList,
      maxSkew: { type: 'integer', minimum: 1 },
      minDomains: { type: 'integer', minimum: 1 },
      nodeAffinityPolicy: { enum: ['Honor', 'Ignore'] },
      nodeTaintsPolicy: { enum: ['Honor', 'Ignore'] },
      topologyKey: string,
      whenUnsatisfiable: { enum: ['DoNotSchedule', 'ScheduleAnyway'] },
    },
    'maxSkew',
    'topologyKey',
    'whenUnsatisfiable',
  ),
  networkPolicyPeer: block({
    ipBlock: block({ cidr: string, except: textList }, 'cidr'),
    namespaceSelector: ref('labelSelector'),
    podSelector: ref('labelSelector'),
  }),
};

const fields: Readonly<Record<string, JsonSchema>> = {
  affinity: ref('affinity'),
  annotations: textMap,
  extraArgs: listOf(text),
  extraEnv: listOf(ref('envVar')),
  from: listOf(ref('networkPolicyPeer')),
  imagePullSecrets: listOf(ref('pullSecret')),
  labels: textMap,
  nodeSelector: textMap,
  podAnnotations: textMap,
  podSecurityContext: ref('podSecurityContext'),
  priorityClassName: {
    type: 'string',
    pattern: '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$',
    maxLength: 253,
  },
  resources: ref('resources'),
  securityContext: ref('securityContext'),
  /** Of charts whose values have that of a pod beside it. */
  containerSecurityContext: ref('securityContext'),
  terminationGracePeriodSeconds: count,
  tolerations: listOf(ref('toleration')),
  topologySpreadConstraints: listOf(ref('topologySpreadConstraint')),
};

/** The schema of a value that is named as a field of Kubernetes is; undefined for other names. */
export function kubernetesField(key: string): JsonSchema | undefined {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** The definitions a schema refers to, and those they refer to. */
export function definitionsOf(schema: JsonSchema): Record<string, JsonSchema> {
  const found: Record<string, JsonSchema> = {};
  const wanted = referencesOf(schema);
  for (const name of wanted) {
    const definition = definitions[name];
    if (definition === undefined || Object.hasOwn(found, name)) continue;
    found[name] = definition;
    wanted.push(...referencesOf(definition));
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function referencesOf(schema: JsonSchema): string[] {
  return [...JSON.stringify(schema).matchAll(/"#\/definitions\/(\w+)"/g)].map(([, name = '']) => name);
}
