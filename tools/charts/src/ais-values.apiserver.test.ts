import { expect, test } from '@jest/globals';
import { objectsOf, podOf, type RenderedObject, refusalOf } from './render-fixture.ts';

const chart = 'ais-operator';

/** A file of values as users of the older chart have it: its defaults, and changes of theirs. */
function olderFile(manager: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    controllerManager: {
      manager: {
        args: [
          '--health-probe-bind-address=:8081',
          '--metrics-cert-path=/tmp/k8s-metrics-server/metrics-certs',
          '--metrics-bind-address=:8443',
          '--webhook-cert-path=/tmp/k8s-webhook-server/serving-certs',
          '--leader-elect',
        ],
        containerSecurityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        env: { operatorSkipVerifyCrt: 'True' },
        image: { repository: 'docker.io/aistorage/ais-operator', tag: 'v3.4.0' },
        resources: { limits: { cpu: '100m', memory: '100Mi' }, requests: { cpu: '100m', memory: '20Mi' } },
        aisCAConfigmapName: 'ais-operator-ais-ca',
        authCAConfigmapName: 'ais-operator-auth-ca',
        ...manager,
      },
      ...{ nodeSelector: { pool: 'infra' }, replicas: 2, podAnnotations: { team: 'storage' } },
      podSecurityContext: { fsGroup: 65_532, runAsNonRoot: true, runAsUser: 65_532 },
      tolerations: [{ key: 'infra', operator: 'Exists' }],
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
      ],
    },
    imagePullSecrets: [{ name: 'pull' }],
    kubernetesClusterDomain: 'k8s.test',
    namespaceScope: [],
    metricsService: {
      ports: [{ name: 'https', port: 9443, protocol: 'TCP', targetPort: 8443 }],
      type: 'ClusterIP',
    },
    serviceAccount: { annotations: {}, automount: true, create: true, name: '' },
    webhookService: { ports: [{ port: 443, targetPort: 9443 }], type: 'ClusterIP' },
  };
}

async function deploymentOf(values: Readonly<Record<string, unknown>>): Promise<RenderedObject> {
  const found = (await objectsOf({ chart, values })).find(({ kind }) => kind === 'Deployment');
  if (found === undefined) throw new Error('no Deployment');
  return found;
}

const argsOf = (deployment: RenderedObject): string[] => podOf(deployment).container.args as string[];

test('a file of values of the older chart says the same here', async () => {
  const objects = await objectsOf({ chart, values: olderFile() });
  const deployment = objects.find(({ kind }) => kind === 'Deployment') as RenderedObject;
  const { annotations, pod, container } = podOf(deployment);
  expect(deployment.spec?.replicas).toBe(2);
  expect(annotations).toMatchObject({ team: 'storage' });
  expect(pod).toMatchObject({
    nodeSelector: { pool: 'infra' },
    tolerations: [{ key: 'infra', operator: 'Exists' }],
    topologySpreadConstraints: [{ maxSkew: 1 }],
    securityContext: { fsGroup: 65_532 },
    imagePullSecrets: [{ name: 'pull' }],
  });
  expect([...(container.args as string[])].sort()).toEqual([
    '--cluster-domain=k8s.test',
    '--health-probe-bind-address=:8081',
    '--leader-elect',
    '--log-level=info',
    '--metrics-bind-address=:8443',
    '--metrics-secure=true',
    '--skip-verify=true',
  ]);
  const service = objects.find(({ kind }) => kind === 'Service');
  expect(service?.spec).toMatchObject({ type: 'ClusterIP', ports: [{ port: 9443, targetPort: 'metrics' }] });
  expect(objects.map(({ metadata }) => metadata.name)).toContain('release-ais-operator-metrics-reader');
});

test('weakness 20: what belongs to the older program is not taken over, and certificates are checked unless told', async () => {
  const { container } = podOf(await deploymentOf(olderFile()));
  expect(container.image).toMatch(/^ghcr\.io\/rackwright\/ais-operator:/);
  expect(container.resources).toMatchObject({ limits: { memory: '192Mi' } });
  expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true });
  const plain = podOf(await deploymentOf({})).container;
  expect(plain.args).toContain('--skip-verify=false');
  expect(plain.imagePullPolicy).toBe('IfNotPresent');
});

test('an image and limits of one’s own, and flags, are taken over', async () => {
  const resources = { limits: { memory: '1Gi' } };
  const deployment = await deploymentOf(
    olderFile({
      ...{ image: { repository: 'r.test/ais-operator', tag: 'one' }, resources },
      args: ['--metrics-bind-address=0', '--health-probe-bind-address=:9000', '--metrics-secure=false'],
    }),
  );
  const { container } = podOf(deployment);
  expect(container).toMatchObject({ image: 'r.test/ais-operator:one', resources });
  expect(argsOf(deployment)).toEqual(
    expect.arrayContaining(['--metrics-bind-address=0', '--leader-elect=true']),
  );
  expect(container.ports).toEqual([{ name: 'health', containerPort: 9000 }]);
});

test.each([
  [{ controllerManager: { replica: 1 } }, /controllerManager.*'replica' not allowed/],
  [
    { controllerManager: { manager: { env: { operatorSkipVerifyCrt: 'perhaps' } } } },
    /operatorSkipVerifyCrt/,
  ],
])('%j is refused with the name of the value', async (values, expected) => {
  expect(await refusalOf({ chart, values })).toMatch(expected);
});

test('people have roles to edit and view clusters, and to use profiles of logins', async () => {
  const roles = (await objectsOf({ chart })).filter(({ kind }) => kind === 'ClusterRole');
  const users = roles.map(({ metadata }) => metadata.name.replace('release-ais-operator', '')).sort();
  expect(users).toEqual(['', '-auth-editor', '-auth-profile-user', '-auth-viewer', '-editor', '-viewer']);
  const use = roles.find(({ metadata }) => metadata.name.endsWith('profile-user'));
  expect(use?.rules).toEqual([
    { apiGroups: ['auth.ais.nvidia.com'], resources: ['aistoreauthprofiles'], verbs: ['use'] },
  ]);
});

test('of namespaceScope the operator watches those namespaces, and has rights in them alone', async () => {
  const all = await objectsOf({ chart, values: { namespaceScope: ['a', 'b', 'a'] } });
  const deployment = all.find(({ kind }) => kind === 'Deployment') as RenderedObject;
  expect(argsOf(deployment)).toContain('--watch-namespaces=a,b');
  const bindings = all.filter(({ kind }) => kind.endsWith('RoleBinding'));
  const bound = bindings.map(({ kind, metadata, roleRef }) =>
    [kind, metadata.namespace ?? '', (roleRef as { name: string }).name].join(' '),
  );
  expect(bound).toEqual([
    'ClusterRoleBinding  release-ais-operator-cluster',
    'RoleBinding a release-ais-operator',
    'RoleBinding b release-ais-operator',
    'RoleBinding space release-ais-operator',
  ]);
  const wide = all.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name.endsWith('-cluster'));
  // What has no namespace.
  expect(wide?.rules).toMatchObject([
    { resources: ['nodes'] },
    { resources: ['aistoreauthprofiles'] },
    { resources: ['customresourcedefinitions'] },
  ]);
});
