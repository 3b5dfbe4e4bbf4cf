import { ais } from '@rackwright/keys';
import type { Affinity, Container, EnvVar, PodTemplate, ResourceRequirements } from '@rackwright/kube';
import type { EffectiveSpec } from '../effective.ts';
import { names, type Owner, podLabels, type Role, selectorLabels } from '../identity.ts';
import { schemeOf } from './cluster-config.ts';
import { containerName } from './container-names.ts';
import { externalAccessVariable } from './init-variables.ts';
import { probesOf } from './probes.ts';
import { type PodVolumes, podVolumes } from './volumes.ts';

export interface TemplateInput {
  readonly owner: Owner;
  readonly effective: EffectiveSpec;
  readonly role: Role;
  /** Domain of the names of Services. */
  readonly domain: string;
  /** What rolls the pods when it changes. */
  readonly restartHash: string;
  /** Digest of the versions of what users keep for the pods; undefined where they read nothing. */
  readonly credentials?: string | undefined;
  /** How many targets the first proxy waits for when a cluster starts. */
  readonly targets: number;
}

const confined = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
};

/** The pods of a role (ais.md §3.2). */
export function podTemplate(input: TemplateInput): PodTemplate {
  const { owner, effective, role, restartHash, credentials } = input;
  const { spec } = effective;
  const own = role === 'proxy' ? spec.proxySpec : spec.targetSpec;
  const volumes = podVolumes(owner, effective, role, input.domain);
  const isHostNetwork = role === 'target' && spec.targetSpec.hostNetwork === true;
  return {
    metadata: {
      labels: { ...own.labels, ...podLabels(owner.name, role) },
      annotations: {
        ...own.annotations,
        ...(spec.networkAttachment === undefined
          ? {}
          : { [ais.annotation.networks]: spec.networkAttachment }),
        [ais.annotation.restartHash]: restartHash,
        ...(credentials === undefined ? {} : { [ais.annotation.credentials]: credentials }),
      },
    },
    spec: {
      initContainers: [initContainer(input, volumes)],
      containers: [nodeContainer(input, volumes), ...logSidecar(effective, role, volumes)],
      volumes: volumes.volumes,
      serviceAccountName: names.serviceAccount(owner.name),
      securityContext: own.securityContext ?? {
        runAsNonRoot: false,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      dnsPolicy: isHostNetwork ? 'ClusterFirstWithHostNet' : 'ClusterFirst',
      ...(isHostNetwork ? { hostNetwork: true } : {}),
      ...affinityOf(input),
      ...(own.nodeSelector === undefined ? {} : { nodeSelector: own.nodeSelector }),
      ...(own.tolerations === undefined ? {} : { tolerations: [...own.tolerations] }),
      ...(spec.priorityClassName === undefined ? {} : { priorityClassName: spec.priorityClassName }),
    },
  };
}

/** As Kubernetes has it by default, written out: a node without its registry restarts pods all the same. */
function pullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const [, tag = 'latest'] = /:([^:/]+)$/.exec(image) ?? [];
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function initContainer({ owner, effective, role, domain }: TemplateInput, volumes: PodVolumes): Container {
  const { spec, external } = effective;
  const own = role === 'proxy' ? spec.proxySpec : spec.targetSpec;
  const isPublic = own.hostPort !== undefined && (role === 'proxy' || !external.target);
  const mapped = Object.keys(spec.hostnameMap ?? {}).length > 0;
  return {
    ...{ name: containerName.init, image: spec.initImage, imagePullPolicy: pullPolicy(spec.initImage) },
    args: [
      `-role=${role}`,
      '-local_config_template=/var/ais_config_template/ais_local.json',
      '-output_local_config=/var/ais_config/ais_local.json',
      '-cluster_config_override=/var/global_config/ais.json',
      '-output_cluster_config=/var/ais_config/ais.json',
      ...(mapped ? ['-hostname_map_file=/var/global_config/hostname_map.json'] : []),
    ],
    env: [
      fromField('HOST_IPS', 'status.hostIPs'),
      { name: 'AIS_K8S_CLUSTER_DOMAIN', value: domain },
      { name: externalAccessVariable, value: String(external[role]) },
      ...(spec.publicNetDNSMode === undefined
        ? []
        : [{ name: 'AIS_PUBLIC_DNS_MODE', value: spec.publicNetDNSMode }]),
      ...identityVariables,
      { name: 'MY_SERVICE', value: names.role(owner.name, role) },
      ...(isPublic
        ? [
            fromField(
              'AIS_PUBLIC_HOSTNAME',
              spec.publicNetDNSMode === 'Node' ? 'spec.nodeName' : 'status.hostIP',
            ),
          ]
        : []),
      ...(role === 'target' && spec.targetSpec.hostNetwork === true
        ? [{ name: 'HOST_NETWORK', value: 'true' }]
        : []),
    ],
    resources: {
      requests: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '48Mi' },
      limits: { cpu: '1', memory: '1Gi' },
    },
    securityContext: { ...confined, readOnlyRootFilesystem: true },
    volumeMounts: volumes.initMounts,
  };
}

const identityVariables: readonly EnvVar[] = [
  fromField('MY_NODE', 'spec.nodeName'),
  fromField('MY_POD', 'metadata.name'),
  fromField('K8S_NS', 'metadata.namespace'),
];

function fromField(name: string, fieldPath: string): EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

function nodeContainer({ effective, role, targets }: TemplateInput, volumes: PodVolumes): Container {
  const { spec } = effective;
  const own = role === 'proxy' ? spec.proxySpec : spec.targetSpec;
  return {
    ...{
      name: containerName.node,
      image: spec.nodeImage,
      imagePullPolicy: pullPolicy(spec.nodeImage),
      command: ['aisnode'],
    },
    args: [
      '-config=/var/ais_config/ais.json',
      '-local_config=/var/ais_config/ais_local.json',
      `-role=${role}`,
      ...(role === 'proxy' ? [`-ntargets=${targets}`] : []),
    ],
    env: [...(own.env ?? []), ...identityVariables, ...credentialVariables(effective, role)],
    ports: [
      {
        name: 'http',
        // Where the node listens, so that a host port leads there.
        containerPort: Number(own.portPublic),
        ...(own.hostPort === undefined ? {} : { hostPort: Number(own.hostPort) }),
      },
    ],
    resources: nodeResources(effective, own.resources),
    securityContext:
      own.aisContainerSecurityContext ??
      (own.capabilities === undefined ? confined : (own.capabilities as Container['securityContext'])),
    volumeMounts: volumes.nodeMounts,
    ...probesOf(own.probes, own.portPublic, schemeOf(effective)),
  } as Container;
}

function credentialVariables({ spec, backends }: EffectiveSpec, role: Role): EnvVar[] {
  if (role === 'proxy')
    return spec.authNSecretName === undefined
      ? []
      : [
          {
            name: 'AIS_AUTHN_SECRET_KEY',
            valueFrom: { secretKeyRef: { name: spec.authNSecretName, key: ais.key.signingKey } },
          },
        ];
  return [
    ...(backends.includes('gcp')
      ? [{ name: 'GOOGLE_APPLICATION_CREDENTIALS', value: '/var/gcp/gcp.json' }]
      : []),
    ...(backends.includes('oci') ? [{ name: 'OCI_CLI_CONFIG_FILE', value: '/root/.oci/config' }] : []),
  ];
}

/** Room for logs is asked for, so that a node that is full does not take the pod away. */
function nodeResources(_effective: EffectiveSpec, given: ResourceRequirements = {}): ResourceRequirements {
  const room = { 'ephemeral-storage': '656Mi' };
  return { ...given, requests: { ...room, ...given.requests } };
}

function logSidecar({ spec }: EffectiveSpec, role: Role, volumes: PodVolumes): Container[] {
  if (spec.logSidecar === undefined) return [];
  return [
    {
      ...{ name: containerName.logs, image: spec.logSidecar.image, imagePullPolicy: 'IfNotPresent' as const },
      args: [`/var/log/ais/ais${role}.INFO`],
      env: [fromField('MY_POD', 'metadata.name')],
      ...(spec.logSidecar.resources === undefined ? {} : { resources: spec.logSidecar.resources }),
      securityContext: { ...confined, readOnlyRootFilesystem: true },
      volumeMounts: volumes.logMounts,
    },
  ];
}

/** Two nodes of a role on one machine would fail together, unless the user wants that or has rules of his own. */
function affinityOf({ owner, effective: { spec }, role }: TemplateInput): { affinity?: Affinity } {
  const own = role === 'proxy' ? spec.proxySpec : spec.targetSpec;
  const given = own.affinity as Affinity | undefined;
  const isApart = role === 'proxy' || spec.targetSpec.disablePodAntiAffinity !== true;
  if (!isApart || given?.podAntiAffinity !== undefined) return given === undefined ? {} : { affinity: given };
  const term = {
    labelSelector: { matchLabels: selectorLabels(owner.name, role) },
    topologyKey: 'kubernetes.io/hostname',
  };
  return {
    affinity: { ...given, podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
  };
}
