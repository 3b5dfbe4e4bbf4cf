import { expect, test } from '@jest/globals';
import { objectOf, objectsOf } from './render-fixture.ts';

const ports = {
  'driver-agent': 8081,
  'cxi-device-plugin': 8082,
  'retry-handler': 8080,
  'cxi-metrics-exporter': 9090,
  'node-discovery': 8083,
  'ai100-device-plugin': 8084,
  'nvme-exporter': 9299,
};
const from = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }];

test('by default no chart makes a NetworkPolicy or a NodeFeatureRule', async () => {
  for (const chart of ['rackwright', ...Object.keys(ports)]) {
    const kinds = (await objectsOf({ chart })).map(({ kind }) => kind);
    expect(kinds).not.toContain('NetworkPolicy');
    expect(kinds).not.toContain('NodeFeatureRule');
  }
});

test.each(Object.entries(ports))(
  'a NetworkPolicy lets nothing into %s but its port %i',
  async (chart, port) => {
    const policy = await objectOf(
      { chart, values: { networkPolicy: { enabled: true, from } } },
      'NetworkPolicy',
    );
    const selected = { 'app.kubernetes.io/name': chart, 'app.kubernetes.io/instance': 'release' };
    expect(policy).toMatchObject({ metadata: { name: `release-${chart}`, namespace: 'space' } });
    expect(policy.spec).toEqual({
      podSelector: { matchLabels: selected },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port, protocol: 'TCP' }], from }],
    });
    const daemonSet = await objectOf({ chart }, 'DaemonSet');
    expect(daemonSet.spec).toMatchObject({ template: { metadata: { labels: selected } } });
  },
);

test('the NetworkPolicies of the operator are for itself and for the agents it rolls out', async () => {
  const objects = await objectsOf({
    chart: 'operator-manager',
    values: { networkPolicy: { enabled: true } },
  });
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
  expect(policies.map(({ metadata, spec }) => [metadata.name, spec])).toEqual([
    [
      'release-operator-manager',
      {
        podSelector: {
          matchLabels: {
            'app.kubernetes.io/name': 'operator-manager',
            'app.kubernetes.io/instance': 'release',
          },
        },
        policyTypes: ['Ingress'],
        ingress: [{ ports: [8081, 8443].map((port) => ({ port, protocol: 'TCP' })) }],
      },
    ],
    [
      'release-operator-manager-agents',
      {
        podSelector: {
          matchLabels: {
            'app.kubernetes.io/managed-by': 'slingshot-operator',
            'app.kubernetes.io/part-of': 'rackwright',
          },
        },
        policyTypes: ['Ingress'],
        ingress: [{ ports: ['health', 'metrics'].map((port) => ({ port, protocol: 'TCP' })) }],
      },
    ],
  ]);
});

test('a NodeFeatureRule labels nodes with a Cassini of either vendor id', async () => {
  const values = { nodeFeatureRule: { enabled: true } };
  const rule = await objectOf({ chart: 'operator-manager', values }, 'NodeFeatureRule');
  const pci = (vendor: string, device: string[]): object => ({
    matchFeatures: [
      {
        feature: 'pci.device',
        matchExpressions: { vendor: { op: 'In', value: [vendor] }, device: { op: 'In', value: device } },
      },
    ],
  });
  expect(rule).toMatchObject({ apiVersion: 'nfd.k8s-sigs.io/v1alpha1' });
  expect(rule.spec).toEqual({
    rules: [
      {
        name: 'Slingshot NIC',
        labels: { 'slingshot.hpe.com/nic.present': 'true' },
        matchAny: expect.arrayContaining([pci('17db', ['0501']), pci('1590', ['0371', '0372'])]),
      },
    ],
  });
});

test('only a release with leader election has the policies that let its leader alone write', async () => {
  const policies = async (values: Record<string, unknown>) =>
    (await objectsOf({ chart: 'operator-manager', values })).filter(({ metadata }) =>
      /-leader-(writes|terms)$/.test(metadata.name),
    );
  const all = await policies({});
  const named = (kind: string, name: string) =>
    all.find((object) => object.kind === kind && object.metadata.name === `release-operator-manager-${name}`);
  const writes = named('ValidatingAdmissionPolicy', 'leader-writes');
  expect(JSON.stringify(writes)).toContain('system:serviceaccount:space:release-operator-manager');
  const terms = named('ValidatingAdmissionPolicy', 'leader-terms');
  expect(JSON.stringify(terms)).toContain("request.namespace == 'space'");
  expect(named('ValidatingAdmissionPolicyBinding', 'leader-writes')?.spec).toMatchObject({
    policyName: 'release-operator-manager-leader-writes',
    paramRef: { name: 'bf7f9b28.hpe.com', namespace: 'space' },
  });
  expect(named('ValidatingAdmissionPolicyBinding', 'leader-terms')?.spec).toMatchObject({
    policyName: 'release-operator-manager-leader-terms',
  });
  expect(await policies({ leaderElection: { enabled: false } })).toEqual([]);
  expect(await policies({ leaderWritePolicy: { enabled: false } })).toEqual([]);
});
