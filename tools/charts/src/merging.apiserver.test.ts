import { expect, test } from '@jest/globals';
import { apps } from '@rackwright/registry';
import { objectOf, podOf, refusalOf } from './render-fixture.ts';

const agents = apps.filter(({ kind }) => kind === 'node agent').map(({ name }) => name);

test('pull secrets given for all charts and for one are in every pod once, strings or objects', async () => {
  const release = {
    chart: 'rackwright',
    values: {
      global: { imagePullSecrets: [{ name: 'regcred' }, 'global'] },
      'operator-manager': { imagePullSecrets: [{ name: 'own' }, { name: 'regcred' }, 'own'] },
    },
  };
  const expected = [{ name: 'regcred' }, { name: 'global' }, { name: 'own' }];
  const { pod, container } = podOf(await objectOf(release, 'Deployment'));
  expect(pod.imagePullSecrets).toEqual(expected);
  expect(container.args).toContain('--image-pull-secrets=regcred,global,own');
  expect((await objectOf(release, 'Pod')).spec?.imagePullSecrets).toEqual(expected);
});

test.each([
  [[7], /imagePullSecrets\/0.*got number, want string or object/],
  [[{ secret: 'a' }], /imagePullSecrets\/0.*'secret' not allowed/],
  [[{}], /imagePullSecrets: \{\} is neither the name of a Secret nor an object with a name/],
  [['Not_A_Secret'], /imagePullSecrets: "Not_A_Secret" cannot be part of a name/],
])('pull secrets %j are refused by name', async (imagePullSecrets, expected) => {
  for (const values of [{ imagePullSecrets }, { global: { imagePullSecrets } }]) {
    expect(await refusalOf({ chart: 'driver-agent', values })).toMatch(expected);
  }
});

test.each([...agents, 'operator-manager'])(
  'an annotation of the pods of %s that is given anew is there once, with the value given',
  async (chart) => {
    const key = 'kubectl.kubernetes.io/default-container';
    const values = { podAnnotations: { 'prometheus.io/scrape': false, 'mine/x': 1_000_000, [key]: 'debug' } };
    const kind = chart === 'operator-manager' ? 'Deployment' : 'DaemonSet';
    const { annotations } = podOf(await objectOf({ chart, values }, kind));
    expect(annotations).toMatchObject({
      'prometheus.io/scrape': 'false',
      'mine/x': '1000000',
      [key]: 'debug',
    });
  },
);

test('an annotation given as null is left out', async () => {
  const values = { podAnnotations: { 'prometheus.io/scrape': null } };
  const { annotations } = podOf(await objectOf({ chart: 'driver-agent', values }, 'DaemonSet'));
  expect(Object.keys(annotations)).not.toContain('prometheus.io/scrape');
});

test('labels of the ServiceMonitor win over those of the chart', async () => {
  const labels = { release: 'prometheus', 'app.kubernetes.io/part-of': 'monitoring', team: 7 };
  const values = { metrics: { serviceMonitor: { enabled: true, labels } } };
  const { metadata } = await objectOf({ chart: 'operator-manager', values }, 'ServiceMonitor');
  expect(metadata.labels).toMatchObject({ ...labels, team: '7', 'app.kubernetes.io/instance': 'release' });
});

test.each(agents)('a flag of %s that is given anew is there once, in whatever style', async (chart) => {
  const extraArgs = ['--log-level=debug', '-host-root', '/else', 7];
  const { container } = podOf(await objectOf({ chart, values: { extraArgs } }, 'DaemonSet'));
  const args = container.args as string[];
  expect(args.slice(-4)).toEqual(['--log-level=debug', '-host-root', '/else', '7']);
  expect(args.filter((arg) => /^--?(log-level|host-root)\b/.test(arg))).toHaveLength(2);
});

test.each(agents)(
  'a variable of %s that is given anew or twice is there once, as given last',
  async (chart) => {
    // What an older system's pods call the name of the node is kept.
    const nodeName = chart === 'pmem-csi-driver' ? 'KUBE_NODE_NAME' : 'NODE_NAME';
    const extraEnv = [
      { name: 'A', value: 1 },
      { name: nodeName, value: 'other' },
      { name: 'A', value: true },
    ];
    const { container } = podOf(await objectOf({ chart, values: { extraEnv } }, 'DaemonSet'));
    const env = container.env as readonly { readonly name: string }[];
    // A chart may set others of its own.
    expect(env.filter(({ name }) => name === nodeName || name === 'A')).toEqual([
      { name: nodeName, value: 'other' },
      { name: 'A', value: 'true' },
    ]);
  },
);

test('lists that are joined to one flag name each thing once', async () => {
  const values = {
    architectures: ['amd64', 'arm64', 'amd64'],
    controllers: ['cxidriver', 'cxidriver'],
    agents: { allowedImages: ['a/', 'b/', 'a/'] },
  };
  const { container } = podOf(await objectOf({ chart: 'operator-manager', values }, 'Deployment'));
  expect(container.args).toEqual(
    expect.arrayContaining([
      '--agent-architectures=amd64,arm64',
      '--controllers=cxidriver',
      '--allowed-images=a/,b/',
    ]),
  );
});

test.each(['ai100-device-plugin', 'nvme-exporter'])(
  'the taint of a node whose drives failed does not keep %s away, whatever tolerations are given',
  async (chart) => {
    const ofRecovery = { key: 'phison.com/ai100-unhealthy', operator: 'Exists' };
    const dedicated = { key: 'dedicated', operator: 'Equal', value: 'ai', effect: 'NoExecute' };
    const tolerated = async (values: object): Promise<unknown> =>
      podOf(await objectOf({ chart, values: { enabled: true, ...values } }, 'DaemonSet')).pod.tolerations;
    expect(await tolerated({})).toEqual([{ operator: 'Exists' }]);
    expect(await tolerated({ tolerations: [dedicated] })).toEqual([dedicated, ofRecovery]);
    expect(await tolerated({ tolerations: [ofRecovery] })).toEqual([ofRecovery]);
  },
);

test('quantities and labels of nodes that are written as numbers and switches are text in the pod', async () => {
  const values = { nodeSelector: { gpu: true }, resources: { limits: { cpu: 2 } } };
  const { pod, container } = podOf(await objectOf({ chart: 'driver-agent', values }, 'DaemonSet'));
  expect(pod.nodeSelector).toEqual({ gpu: 'true' });
  expect(container.resources).toMatchObject({ limits: { cpu: '2', memory: '128Mi' } });
});

test.each([
  ['driver-agent', { podAnnotations: { 'not a key': 'x' } }, /podAnnotations: "not a key" cannot be the key/],
  [
    'driver-agent',
    { nodeSelector: { pool: 'a b' } },
    /nodeSelector\.pool: "a b" cannot be the value of a label/,
  ],
  ['driver-agent', { image: null }, /missing property 'image'/],
  ['driver-agent', { host: { root: null } }, /at '\/host': missing property 'root'/],
  ['operator-manager', { controllers: null }, /missing property 'controllers'/],
  [
    'rackwright',
    { cxi: { driver: { spec: { devicePlugin: { resourcename: 'a' } } } } },
    /'resourcename' not allowed/,
  ],
  ['operator-manager', { healthPort: 8443 }, /healthPort and metrics\.port are both 8443/],
  [
    'rackwright',
    { cxi: { driver: { spec: { telemetry: 'x', version: 7 } } } },
    /cxi\/driver\/spec\/version.*want string/,
  ],
])('%s with %j is refused with a sentence that names the value', async (chart, values, expected) => {
  expect(await refusalOf({ chart, values })).toMatch(expected);
});
