import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cxiDevices } from '@rackwright/api';
import { outOfServicePath } from '@rackwright/hardware-cxi';
import { resources } from '@rackwright/kube';
import { canMountFuse, faults } from '@rackwright/simulator';
import {
  accountReport,
  disliked,
  formatDenied,
  formatGrant,
  promtoolExpected,
  readRbac,
  serviceAccountUser,
} from '@rackwright/testbed/without-nodes';
import { AgentEnvironment, account } from './testing/agent-environment.ts';
import type { RunningAgent } from './testing/running-agent.ts';

let testEnv: AgentEnvironment;

beforeAll(async () => {
  testEnv = await AgentEnvironment.start();
}, 120_000);

afterAll(() => testEnv[Symbol.asyncDispose](), 60_000);

const rebootRequired = 'SlingshotRebootRequired';
const up = (name: string) => ({
  device: name,
  since: '2026-01-01T00:00:00Z',
  restarts: 0,
  rebootRequired: false,
});

describe('a node with two NICs', () => {
  let agent: RunningAgent;

  beforeAll(async () => {
    const nics = [
      { generation: 1, numaNode: 0, nid: 0x1c1 },
      { generation: 2, nid: 0x200, driverRev: 'abc1234' },
    ] as const;
    agent = await testEnv.agent('n1', { nics });
    await agent.ready();
  }, 60_000);

  afterAll(() => agent.stop());

  test('has one CXIDevice for each, owned by the Node, saying what the host says', async () => {
    const devices = await agent.devices();
    expect(Object.keys(devices)).toEqual(['cxi0', 'cxi1']);
    const node = await agent.nodeObject();
    expect(devices.cxi0?.metadata).toMatchObject({
      name: 'n1-cxi0',
      labels: { 'slingshot.hpe.com/node': 'n1', 'slingshot.hpe.com/device': 'cxi0' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: node.metadata?.uid }],
    });
    const nic = agent.host.hardware.cxi.nic('cxi0');
    expect(devices.cxi0?.status).toMatchObject({
      node: 'n1',
      device: 'cxi0',
      type: 'pf',
      pciAddress: nic.pciAddress,
      numaNode: 0,
      nid: 0x1c1,
      switchID: 7,
      linkState: 'up',
      linkSpeed: '200Gbps',
      cassiniGeneration: 1,
      retryHandler: { enabled: false },
      health: { status: 'Healthy', reason: 'Healthy', lastCheck: expect.stringMatching(/Z$/) },
    });
    expect(devices.cxi1?.status).toMatchObject({
      cassiniGeneration: 2,
      linkSpeed: '400Gbps',
      driverVersion: 'abc1234',
    });
  });

  test('has no nid, no switch and no switch label where no address can be read any more', async () => {
    await agent.labels('with both switches', (all) => all['slingshot.hpe.com/cxi1-switch-id'] === '8');
    await agent.host.hardware.cxi.remove('cxi1', 'properties/nid');
    const { status } = await agent.device(
      'without nid',
      'cxi1',
      (object) => object.status?.nid === undefined,
    );
    expect(status).not.toHaveProperty('switchID');
    await agent.labels('with one switch', (all) => all['slingshot.hpe.com/cxi1-switch-id'] === undefined);
  });

  test('is labelled, and keeps the labels of others', async () => {
    const labels = await agent.labels('for two NICs', (all) => all['slingshot.hpe.com/device-count'] === '2');
    expect(labels).toMatchObject({
      'example.com/rack': 'r1',
      'slingshot.hpe.com/cxi-present': 'true',
      'slingshot.hpe.com/cxi0-switch-id': '7',
    });
  });

  test('gets a label back that somebody removed, and loses one the older agent left', async () => {
    await testEnv.kubectl(
      'label',
      'node',
      'n1',
      'slingshot.hpe.com/device-count-',
      'slingshot.hpe.com/cxi9-switch-id=4',
    );
    await agent.labels('are mended', (all) => {
      return all['slingshot.hpe.com/device-count'] === '2' && !('slingshot.hpe.com/cxi9-switch-id' in all);
    });
  });

  test('tells that the driver is ready and which NICs were found', async () => {
    const event = await agent.event('DriverReady');
    expect(event).toMatchObject({ type: 'Normal', regarding: { kind: 'Node', name: 'n1' } });
    await agent.event('DeviceAdded', ({ note }) => note?.startsWith('NIC cxi1 at ') === true);
  });

  test('/status is what the older agent said, and more', async () => {
    const { status, body } = await agent.http('/status');
    const page = JSON.parse(body);
    expect([status, page.node, page.driverReady, page.lastError]).toEqual([200, 'n1', true, undefined]);
    expect(page.devices[0]).toMatchObject({
      name: 'cxi0',
      pci: agent.host.hardware.cxi.nic('cxi0').pciAddress,
      numa: 0,
      link: '1',
    });
  });

  (promtoolExpected() ? test : test.skip)(
    'promtool likes every name in /metrics (needs promtool)',
    async () => {
      expect(disliked((await agent.http('/metrics')).body)).toEqual([]);
    },
  );

  test('/metrics counts devices by health and writes by kind', async () => {
    const { body } = await agent.http('/metrics');
    expect(body).toContain('cxi_driver_agent_driver_ready 1\n');
    expect(body).toContain('cxi_driver_agent_devices{health="Healthy"} 2\n');
    expect(body).toMatch(/cxi_driver_agent_writes_total\{action="applyStatus"\} [2-9]/);
  });

  test('writes nothing while nothing changes', async () => {
    const before = (await testEnv.requests()).length;
    await agent.until('ten more requests', async () => (await testEnv.requests()).length >= before + 4);
    const later = (await testEnv.requests()).slice(before);
    expect(new Set(later.map(({ verb, resource }) => `${verb} ${resource}`))).toEqual(new Set(['get nodes']));
  });

  test('a link that goes down makes the device unhealthy within a second, and healthy again', async () => {
    await agent.host.hardware.cxi.setLink('cxi0', 'down');
    const started = performance.now();
    const down = await agent.device('down', 'cxi0', ({ status }) => status?.health?.status === 'Unhealthy');
    expect(performance.now() - started).toBeLessThan(1500);
    expect(down.status).toMatchObject({ linkState: 'down', health: { reason: 'LinkDown' } });
    const linkUp = down.status?.conditions?.find(({ type }) => type === 'LinkUp');
    expect(linkUp).toMatchObject({ status: 'False', reason: 'LinkDown' });
    await agent.event('DeviceUnhealthy', ({ regarding, type }) => {
      return regarding?.name === 'n1-cxi0' && regarding.uid === down.metadata?.uid && type === 'Warning';
    });
    await agent.host.hardware.cxi.setLink('cxi0', 'up');
    await agent.device('up', 'cxi0', ({ status }) => status?.health?.status === 'Healthy');
    await agent.event('DeviceHealthy');
  });

  test('a NIC that is plugged in appears, one that is pulled out is Unhealthy and later forgotten, labels follow', async () => {
    const name = await agent.host.hardware.cxi.plug({ generation: 1, nid: 0x40 });
    await agent.device('found', name, ({ status }) => status?.nid === 0x40);
    await agent.labels('for three', (all) => all[`slingshot.hpe.com/${name}-switch-id`] === '1');
    await agent.host.hardware.cxi.unplug(name);
    await agent.device('missed', name, ({ status }) => status?.health?.reason === 'DeviceMissing');
    await agent.until(`${name} to be gone`, async () => !(name in (await agent.devices())));
    await agent.labels('for two', (all) => !(`slingshot.hpe.com/${name}-switch-id` in all));
    await agent.event('DeviceRemoved', ({ note }) => note?.includes(name) === true);
  });

  test('what its retry handlers do is shown, and a death asks for a reboot', async () => {
    await agent.host.hardware.cxi.write('cxi0', 'properties/pct_eq', '12\n');
    await agent.writeRetryHandlers([
      { ...up('cxi0'), state: 'Running', pid: 7, configFile: '/etc/cxi_rh.conf' },
    ]);
    const running = await agent.device(
      'served',
      'cxi0',
      ({ status }) => status?.retryHandler?.state === 'Running' && status.retryHandler.enabled === true,
    );
    expect(running.status?.retryHandler).toEqual({
      enabled: true,
      policy: 'cxi_rh.conf',
      state: 'Running',
      restarts: 0,
    });
    await agent.host.hardware.cxi.write('cxi0', 'properties/pct_eq', '0\n');
    await agent.device('deserted', 'cxi0', ({ status }) => status?.retryHandler?.enabled === false);
    const lastExit = { code: 1, signal: null, at: '2026-01-01T00:00:00Z' };
    await agent.writeRetryHandlers([{ ...up('cxi0'), state: 'Failed', rebootRequired: true, lastExit }]);
    const died = await agent.device(
      'degraded',
      'cxi0',
      ({ status }) => status?.health?.reason === 'RebootRequired',
    );
    expect(died.status?.retryHandler).toMatchObject({ enabled: false, state: 'Failed' });
    const event = await agent.event('RetryHandlerDied');
    expect(event.note).toBe('the retry handler of cxi0 died with exit code 1; the node must be rebooted');
    const node = await agent.until('the node condition', async () => {
      const found = await agent.nodeObject();
      return (
        found.status?.conditions?.some(({ type, status }) => type === rebootRequired && status === 'True') &&
        found
      );
    });
    expect(node.status?.conditions?.find(({ type }) => type === rebootRequired)).toMatchObject({
      reason: 'RetryHandlerDied',
      message: 'a retry handler died under load: cxi0',
    });
    await agent.labels('with the reboot', (all) => all['slingshot.hpe.com/reboot-required'] === 'true');
  });

  test('after the reboot the condition and the label are taken back', async () => {
    await agent.writeRetryHandlers([{ ...up('cxi0'), state: 'Running' }]);
    await agent.labels('without the reboot', (all) => !('slingshot.hpe.com/reboot-required' in all));
    await agent.until('the condition to be False', async () => {
      const { status } = await agent.nodeObject();
      return status?.conditions?.some(({ type, status: is }) => type === rebootRequired && is === 'False');
    });
  });
});

test('objects of NICs that vanished while no agent ran are deleted, fields of the older agent cleared', async () => {
  const agent = await testEnv.agent('n2', { nics: [{ generation: 1 }] });
  await agent.ready();
  await agent.stop();
  await agent.host.hardware.cxi.remove('cxi0', 'properties/nid');
  const labels = { 'slingshot.hpe.com/node': 'n2', 'slingshot.hpe.com/device': 'cxi7' };
  await testEnv.admin.create(cxiDevices, { metadata: { name: 'n2-cxi7', labels } });
  await testEnv.admin.patch(
    cxiDevices,
    { name: 'n2-cxi0' },
    { status: { nid: 99, switchID: 1, retryHandler: { state: 'Running' } } },
    { strategy: 'merge', subresource: 'status', fieldManager: 'driver-agent' },
  );
  await agent.restart();
  await agent.until('leftovers to go', async () => {
    const { cxi0, ...others } = await agent.devices();
    return Object.keys(others).length === 0 && cxi0?.status !== undefined && !('nid' in cxi0.status);
  });
  const { cxi0 } = await agent.devices();
  expect(cxi0?.status?.retryHandler).toEqual({ enabled: false });
  await agent.stop();
});

describe('a node whose name is longer than a label may be', () => {
  const longest = `${'n'.repeat(63)}.`.repeat(3) + 'n'.repeat(61);
  test.each([`${'n'.repeat(60)}.rack.12`, longest])(
    'publishes its NICs, labels and events: %s',
    async (name) => {
      await using agent = await testEnv.agent(name, {
        nics: [{ generation: 1, nid: 0x1c1 }, { generation: 2 }],
      });
      await agent.ready();
      const devices = await agent.devices();
      const nodes = Object.values(devices).map(({ status }) => status?.node);
      expect([Object.keys(devices), nodes]).toEqual([
        ['cxi0', 'cxi1'],
        [name, name],
      ]);
      const label = devices.cxi1?.metadata?.labels?.['slingshot.hpe.com/node'];
      expect(label).toMatch(/^n+-[0-9a-f]{10}$/);
      await agent.labels('with two devices', (labels) => labels['slingshot.hpe.com/device-count'] === '2');
      await agent.event('DriverReady');
      await agent.host.hardware.cxi.setLink('cxi0', 'down');
      await agent.until('an event about cxi0', async () => {
        const { items } = await testEnv.admin.list(resources.events, { namespace: 'default' });
        return items.some(({ regarding }) => regarding?.name === devices.cxi0?.metadata?.name);
      });
      await agent.host.hardware.cxi.unplug('cxi1');
      await agent.until('cxi1 to be forgotten', async () => (await agent.devices()).cxi1 === undefined);
      const key = { fieldSelector: `status.node=${name}` };
      expect((await testEnv.admin.list(cxiDevices, key)).items).toHaveLength(1);
    },
  );
});

test('a NIC is taken out of service and put back by spec.unschedulable, and restarts of the agent and of the node keep it out', async () => {
  const agent = await testEnv.agent('n11', { nics: [{ generation: 1 }, { generation: 1 }] });
  await agent.ready();
  const names = async (): Promise<string> => {
    const text = await readFile(agent.host.root.path(outOfServicePath), 'utf8').catch(() => '');
    return text === '' ? 'no file' : JSON.parse(text).devices.join();
  };
  const told = (wanted: string): Promise<unknown> =>
    agent.until(`the file to say ${wanted}`, async () => (await names()) === wanted);
  expect(await names()).toBe('no file');
  const unschedulable = (value: boolean): Promise<string> => {
    const patch = JSON.stringify({ spec: { unschedulable: value } });
    return testEnv.kubectl('patch', 'cxidevice', 'n11-cxi0', '--type=merge', '--patch', patch);
  };
  await unschedulable(true);
  await told('cxi0');
  const out = await agent.device('out', 'cxi0', ({ status }) => status?.health?.reason === 'OutOfService');
  expect(out).toMatchObject({
    spec: { unschedulable: true },
    status: {
      linkState: 'up',
      health: { status: 'Unhealthy', message: 'taken out of service by spec.unschedulable' },
    },
  });
  expect(out.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
    status: 'False',
    reason: 'OutOfService',
  });
  await agent.event('DeviceOutOfService', ({ type }) => type === 'Normal');
  expect((await agent.devices()).cxi1?.status?.health?.status).toBe('Healthy');
  expect((await agent.http('/metrics')).body).toMatch(/^cxi_driver_agent_out_of_service_devices 1$/m);
  const table = await testEnv.kubectl('get', 'cxidevices', '-l', 'slingshot.hpe.com/node=n11');
  expect(table).toMatch(/^NAME .* CHECKED +UNSCHEDULABLE\b.*\nn11-cxi0 .* Unhealthy .* true\b/);
  // After a reboot the file is gone, and the API server is asked again.
  await agent.stop();
  await rm(agent.host.root.path(outOfServicePath));
  await agent.restart();
  await told('cxi0');
  expect((await agent.devices()).cxi0?.spec).toEqual({ unschedulable: true });
  await unschedulable(false);
  await told('');
  await agent.device('back', 'cxi0', ({ status }) => status?.health?.status === 'Healthy');
  await agent.event('DeviceInService');
  await agent.stop();
});

test('a CXIDevice that somebody deletes comes back with the next heartbeat', async () => {
  const agent = await testEnv.agent('n3', { nics: [{ generation: 1 }] }, ['--heartbeat-interval=2s']);
  await agent.ready();
  await testEnv.admin.delete(cxiDevices, { name: 'n3-cxi0' });
  await agent.device('back', 'cxi0', ({ status }) => status?.health?.status === 'Healthy');
  await agent.stop();
});

test('a driver source that is not served is refused by readiness, status and event, not by a crash', async () => {
  const agent = await testEnv.agent('n4', { nics: [{ generation: 1 }] }, ['--driver-source=dkms']);
  const event = await agent.event('SourceUnsupported');
  expect(event).toMatchObject({ type: 'Warning', regarding: { kind: 'Node', name: 'n4' } });
  expect(event.note).toMatch(/^driver source dkms is not served yet: .* use preinstalled$/);
  const ready = await agent.http('/readyz');
  expect([ready.status, ready.body]).toEqual([
    503,
    expect.stringMatching(/^not ready: driver: driver source dkms/),
  ]);
  expect((await agent.http('/healthz')).status).toBe(200);
  expect(JSON.parse((await agent.http('/status')).body)).toMatchObject({
    driverReady: false,
    lastError: event.note,
  });
  await agent.device('published all the same', 'cxi0', () => true);
  await agent.stop();
});

test('a driver that is unloaded and loaded again makes the agent unready and ready', async () => {
  const agent = await testEnv.agent('n5', { nics: [{ generation: 1 }] });
  await agent.ready();
  const { modules } = agent.host;
  await agent.host.setModules(modules.filter((name) => name !== 'cxi_user'));
  await agent.until('unready', async () => (await agent.http('/readyz')).status === 503);
  await agent.event('DriverNotReady', ({ note }) => note === 'kernel modules not loaded: cxi_user');
  await agent.device('unusable', 'cxi0', ({ status }) => status?.health?.reason === 'DeviceNodeMissing');
  await agent.host.setModules(modules);
  await agent.ready();
  await agent.stop();
});

test('the account was refused nothing, and holds no right that was not used', async () => {
  const report = accountReport(
    serviceAccountUser(account),
    await testEnv.requests(),
    await readRbac(testEnv.admin),
  );
  expect(report.denied.map(formatDenied)).toEqual([]);
  expect(report.unused.map(formatGrant)).toEqual([]);
});

test('an agent may not write for another node', async () => {
  const agent = await testEnv.agent('n7', { nics: [{ generation: 1 }] });
  await agent.ready();
  await agent.restart(['--node-name=n1']);
  await agent.until('the refusal', async () => {
    return (await agent.log()).some(({ error }) => /n7/.test(String(error)) && /n1/.test(String(error)));
  });
  await agent.stop();
});

(canMountFuse() ? test : test.skip)(
  'retry handler statistics that hang keep the agent neither from working nor from ending (needs root and /dev/fuse)',
  async () => {
    const agent = await testEnv.agent('n8', { nics: [{ generation: 1 }] });
    await agent.ready();
    const hang = faults.statsHang(agent.host, { nic: 'cxi0' });
    await hang.apply();
    try {
      await agent.host.hardware.cxi.setLink('cxi0', 'down');
      await agent.device('down', 'cxi0', ({ status }) => status?.linkState === 'down');
      await agent.until('more reads', async () => (await agent.http('/metrics')).status === 200);
      const began = performance.now();
      await agent.stop();
      expect(performance.now() - began).toBeLessThan(5000);
      expect((await agent.log()).at(-1)).toMatchObject({ msg: 'stopped', code: 0 });
    } finally {
      await hang.revert?.();
    }
  },
);

test('while the API server is away nothing is queued: afterwards the newest state is published', async () => {
  const agent = await testEnv.agent('n6', { nics: [{ generation: 1 }, { generation: 1 }] });
  await agent.ready();
  await testEnv.plane.stopApiServer();
  await agent.host.hardware.cxi.setLink('cxi0', 'down');
  await agent.until('a failed try', async () =>
    (await agent.log()).some(({ msg }) => msg === 'cannot publish'),
  );
  await agent.host.hardware.cxi.setLink('cxi0', 'up');
  await agent.host.hardware.cxi.setLink('cxi1', 'down');
  expect((await agent.http('/healthz')).status).toBe(200);
  expect((await agent.http('/readyz')).status).toBe(200);
  await testEnv.plane.startApiServer();
  await agent.device('published', 'cxi1', ({ status }) => status?.linkState === 'down');
  expect((await agent.devices()).cxi0?.status?.health?.status).toBe('Healthy');
  await agent.stop();
});

test('without the CRD of CXIDevices the node is labelled all the same, and with it back the NICs are published', async () => {
  const agent = await testEnv.agent('n9', { nics: [{ generation: 1 }] });
  await agent.ready();
  await testEnv.kubectl('delete', 'crd', 'cxidevices.cxi.hpe.com', '--timeout=30s');
  await agent.host.hardware.cxi.plug({ generation: 1 });
  await agent.labels('with both NICs', (all) => all['slingshot.hpe.com/device-count'] === '2');
  const { lastError } = await agent.until('the missing kind to be told', async () => {
    const status = JSON.parse((await agent.http('/status')).body);
    return String(status.lastError).includes('does not serve cxidevices.cxi.hpe.com') ? status : undefined;
  });
  expect(lastError).toContain('apply its CustomResourceDefinition');
  await testEnv.applyCrds();
  await agent.device('published', 'cxi1', ({ status }) => status?.health?.status === 'Healthy');
  await agent.ready();
  await agent.stop();
});

test('without its rights the agent goes on and says what is forbidden; with them back it publishes', async () => {
  const agent = await testEnv.agent('n10', { nics: [{ generation: 1 }] });
  await agent.ready();
  await testEnv.kubectl('delete', 'clusterrolebinding', account.name);
  await agent.host.hardware.cxi.setLink('cxi0', 'down');
  await agent.until('the refusal to be told', async () => {
    const { lastError } = JSON.parse((await agent.http('/status')).body);
    return /forbidden.*cannot .*(nodes|cxidevices)/.test(String(lastError));
  });
  expect((await agent.http('/healthz')).status).toBe(200);
  await testEnv.bindAccount();
  await agent.device('published', 'cxi0', ({ status }) => status?.linkState === 'down');
  await agent.stop();
});

test('a NIC stays out of service while the API server is away, also over a restart of the agent', async () => {
  const agent = await testEnv.agent('n12', { nics: [{ generation: 1 }] });
  await agent.ready();
  await testEnv.kubectl(
    'patch',
    'cxidevice',
    'n12-cxi0',
    '--type=merge',
    '--patch',
    '{"spec":{"unschedulable":true}}',
  );
  await agent.device('out', 'cxi0', ({ status }) => status?.health?.reason === 'OutOfService');
  await agent.stop();
  await testEnv.plane.stopApiServer();
  await agent.restart();
  const health = await agent.until('the status page', async () => {
    const { devices } = JSON.parse((await agent.http('/status')).body);
    return devices[0]?.healthMessage;
  });
  expect(health).toBe('taken out of service by spec.unschedulable');
  await testEnv.plane.startApiServer();
  await agent.stop();
});
