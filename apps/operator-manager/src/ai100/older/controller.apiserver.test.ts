import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PhisonDeviceOperator, phisonDeviceOperators } from '@rackwright/api';
import { ignoreNotFound, resources } from '@rackwright/kube';
import { CacheEnvironment, namespace } from '../testing/cache-environment.ts';

const plugin = 'aidaptivcache-device-plugin';
const exporter = 'aidaptivcache-exporter';
const key = { namespace, name: 'phisondeviceoperator-sample' };
let testEnv: CacheEnvironment;

beforeAll(async () => {
  testEnv = await CacheEnvironment.start();
}, 120_000);

afterAll(() => testEnv?.[Symbol.asyncDispose]());

/** As users of the older operator wrote it: whole pods, privileges and mounts included. */
function sample(args: readonly string[]) {
  const env = [
    { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    { name: 'LOG_LEVEL', value: 'debug' },
  ];
  const container = {
    ...{ name: 'device-plugin', image: 'older.test/phison/device-plugin:0.7.5', imagePullPolicy: 'Always' },
    ...{ args, env, securityContext: { privileged: true } },
    resources: { limits: { cpu: '500m', memory: '1Gi' } },
    volumeMounts: [{ name: 'dp', mountPath: '/var/lib/kubelet/device-plugins' }],
  };
  const pod = {
    ...{ hostPID: true, containers: [container], nodeSelector: { 'phison.com/ai100-present': 'true' } },
    volumes: [{ name: 'dp', hostPath: { path: '/var/lib/kubelet/device-plugins' } }],
  };
  return {
    servicename: 'aidaptivcache-service',
    serviceport: [
      { name: 'https', port: 9443, targetPort: 9443 },
      { name: 'handshake', port: 8443, targetPort: 8443 },
    ],
    plugins: [
      { pluginname: 'phison-device-plugin', pluginnamespace: namespace, pluginspec: pod },
      {
        ...{ pluginname: 'phison-node-discovery', pluginnamespace: namespace },
        pluginspec: { containers: [{ name: 'node-discovery', image: 'older.test/phison/nd:0.7.5' }] },
      },
    ],
  };
}

async function create(name: string, args: readonly string[] = ['-m', '/mnt/nvme0', '-f', 'EIFZ']) {
  const kind = { apiVersion: 'operators.phison.com/v1alpha1', kind: 'PhisonDeviceOperator' };
  const object = { ...kind, metadata: { namespace, name }, spec: sample(args) };
  await testEnv.admin.create(phisonDeviceOperators, object as unknown as PhisonDeviceOperator);
}

async function statusOf(name: string): Promise<NonNullable<PhisonDeviceOperator['status']>> {
  return (await testEnv.admin.get(phisonDeviceOperators, { namespace, name })).status ?? {};
}

async function untilCondition(name: string, type: string, status: string) {
  await testEnv.until(`${type} ${status} of ${name}`, async () => {
    const { conditions = [] } = await statusOf(name);
    return conditions.some((one) => one.type === type && one.status === status);
  });
  return (await statusOf(name)).conditions?.find((one) => one.type === type);
}

async function containerOf() {
  return (await testEnv.daemonSet(plugin))?.spec?.template.spec?.containers[0];
}

test('a PhisonDeviceOperator makes the AidaptivCache, whose device plugin runs as its pod said', async () => {
  await create(key.name);
  await testEnv.until('the DaemonSet', async () => (await containerOf()) !== undefined);
  const container = await containerOf();
  expect(container).toMatchObject({
    image: 'older.test/phison/device-plugin:0.7.5',
    resources: { limits: { cpu: '500m', memory: '1Gi' } },
  });
  expect(container?.args?.slice(-4)).toEqual(['-m', '/mnt/nvme0', '-f', 'EIFZ']);
  expect(container?.env).toContainEqual({ name: 'LOG_LEVEL', value: 'debug' });
  expect((await testEnv.cache())?.metadata?.annotations).toMatchObject({
    'operators.phison.com/made-from': `${namespace}/${key.name}`,
  });
});

test('its phase and message are those of the AidaptivCache, and what nobody runs is told', async () => {
  expect(await untilCondition(key.name, 'Unsupported', 'True')).toMatchObject({
    reason: 'UnsupportedPlugin',
    message:
      'plugins[1] phison-node-discovery: node-discovery comes with the chart aidaptivcache-operator: set its image as nodeDiscovery.image.repository and .tag',
  });
  expect(await untilCondition(key.name, 'Accepted', 'True')).toMatchObject({ reason: 'Accepted' });
  for (const name of [plugin, exporter]) await testEnv.roll(name, 0);
  await testEnv.until(
    'the message',
    async () => (await statusOf(key.name)).message?.includes('no node') === true,
  );
  expect(await statusOf(key.name)).toMatchObject({
    phase: 'Pending',
    message: 'no node has AI100 drives, so there is nothing to do',
  });
  const { stdout } = await testEnv.plane.kubectl('get', 'phisondeviceoperators', '--namespace', namespace);
  expect(stdout).toMatch(/phisondeviceoperator-sample +Pending +no node has AI100 drives/);
});

test('a change of it reaches the device plugin, and what others wrote into the AidaptivCache stays', async () => {
  await testEnv.patch({ recovery: { mode: 'DryRun' } });
  await testEnv.admin.patch(
    phisonDeviceOperators,
    key,
    { spec: sample(['-p', '/cache']) },
    { strategy: 'merge' },
  );
  await testEnv.until('the argument', async () => (await containerOf())?.args?.at(-1) === '/cache');
  expect((await testEnv.cache())?.spec).toMatchObject({
    ...{ recovery: { mode: 'DryRun' }, cache: { podPath: '/cache', hostPath: '/mnt/nvme0' } },
  });
});

test('a second one changes nothing and says whose the AidaptivCache is', async () => {
  const before = (await testEnv.cache())?.spec;
  await create('another', ['-m', '/mnt/other']);
  expect(await untilCondition('another', 'Accepted', 'False')).toMatchObject({
    reason: 'OtherPhisonDeviceOperator',
    message: `the AidaptivCache default is made of PhisonDeviceOperator ${namespace}/${key.name}`,
  });
  expect((await testEnv.cache())?.spec).toEqual(before);
  await testEnv.until('an event for each', async () => {
    const { items } = await testEnv.admin.list(resources.events, { namespace });
    const told = items.map(({ reason }) => reason);
    return ['NotAccepted', 'UnsupportedPlugin'].every((reason) => told.includes(reason));
  });
  await testEnv.admin.delete(phisonDeviceOperators, { namespace, name: 'another' });
});

test('deleted, it takes the AidaptivCache away: agents first', async () => {
  await testEnv.admin.delete(phisonDeviceOperators, key);
  await testEnv.until('the AidaptivCache to end', async () => {
    return (await testEnv.cache())?.metadata?.deletionTimestamp !== undefined;
  });
  await testEnv.endAgents();
  await testEnv.until('it to be gone', async () => (await testEnv.cache()) === undefined);
});

test('an AidaptivCache made by hand is left alone, and goes to nobody when it is gone', async () => {
  await testEnv.create({ cache: { hostPath: '/mnt/hand' } });
  await testEnv.until('the DaemonSet', async () => (await containerOf()) !== undefined);
  await create(key.name);
  expect(await untilCondition(key.name, 'Accepted', 'False')).toMatchObject({
    reason: 'AidaptivCacheExists',
  });
  expect((await testEnv.cache())?.spec.cache.hostPath).toBe('/mnt/hand');
  await testEnv.until('its phase', async () => (await statusOf(key.name)).phase === 'Pending');
  await testEnv.admin.delete(phisonDeviceOperators, key);
  await testEnv.until('it to be gone', async () => {
    return (await ignoreNotFound(testEnv.admin.get(phisonDeviceOperators, key))) === undefined;
  });
  expect((await testEnv.cache())?.metadata?.deletionTimestamp).toBeUndefined();
});
