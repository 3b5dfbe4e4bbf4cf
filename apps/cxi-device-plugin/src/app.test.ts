import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { formatOutOfService, outOfServicePath } from '@rackwright/hardware-cxi';
import { writeFileDurable } from '@rackwright/host';
import type { deviceplugin } from '@rackwright/kubelet';
import { PluginRun, type PluginRunOptions } from './testing/plugin-run.ts';

const cxi = 'hpe.com/cxi';
const legacy = 'beta.hpe.com/cxi';
const vf = 'hpe.com/cxi-vf';
const two = {
  nics: [
    { generation: 1, numaNode: 0 },
    { generation: 2, numaNode: 1 },
  ],
  numaNodes: 2,
} as const;
const exclusive = '--sharing-mode=exclusive';

type Devices = readonly deviceplugin.Device[];
const ids = (devices: Devices): string[] => devices.map((device) => device.ID);
const isWell = (devices: Devices, id: string): boolean =>
  devices.some((device) => device.ID === id && device.health === 'Healthy');
/** Asks again and again until the answer is yes. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise<void>((resolve) => setImmediate(resolve));
}
const run = (options: Partial<PluginRunOptions> = {}): Promise<PluginRun> =>
  PluginRun.start({ host: two, ...options });

describe('what is offered', () => {
  test('shared: ids per NIC with its NUMA node, under both names, and no virtual function', async () => {
    await using plugin = await run({ args: ['--shared-capacity=2'] });
    for (const resource of [cxi, legacy]) {
      const devices = await plugin.kubelet.devices(resource);
      expect(devices).toEqual(
        [
          ['cxi0::0', 0],
          ['cxi0::1', 0],
          ['cxi1::0', 1],
          ['cxi1::1', 1],
        ].map(([ID, node]) => ({ ID, health: 'Healthy', topology: { nodes: [{ ID: node }] } })),
      );
    }
    expect(await plugin.kubelet.devices(vf)).toEqual([]);
  });

  test('exclusive: one id per NIC; virtual functions under their own name', async () => {
    const host = { nics: [{ generation: 1, vfs: 2 }, { generation: 1 }] } as const;
    await using plugin = await run({ host, args: [exclusive] });
    expect(ids(await plugin.kubelet.devices(cxi))).toEqual(['cxi0', 'cxi1']);
    expect(ids(await plugin.kubelet.devices(vf))).toEqual(['cxi2', 'cxi3']);
  });

  test('no NIC: no id, also in shared mode', async () => {
    await using plugin = await run({ host: { nics: [] } });
    expect(await plugin.kubelet.devices(cxi)).toEqual([]);
  });

  test('names can be changed and left out', async () => {
    await using plugin = await run({
      env: { RESOURCE_NAME: 'site.example/nic' },
      args: ['--legacy-resource-name=', '--vf-resource-name='],
    });
    await plugin.kubelet.devices('site.example/nic');
    expect([...plugin.kubelet.plugins.value.keys()]).toEqual(['site.example/nic']);
  });

  test.each(
    [
      `hpe.com/${'x'.repeat(46)}`,
      `hpe.com/${'x'.repeat(47)}`,
      `hpe.com/${'x'.repeat(63)}`,
      `${'d.'.repeat(121)}dd/${'x'.repeat(63)}`,
    ].map((name) => [name.length, name] as const),
  )('a resource name of %i characters is registered and allocated', async (_, name) => {
    const args = [
      `--resource-name=${name}`,
      '--allocate-mode=cdi-annotations',
      exclusive,
      '--legacy-resource-name=',
    ];
    await using plugin = await run({ args });
    await plugin.kubelet.devices(name, (list) => isWell(list, 'cxi1'));
    const { containerResponses } = await plugin.kubelet.allocate(name, ['cxi1']);
    const [[key, value] = []] = Object.entries(containerResponses[0]?.annotations ?? {});
    expect(key?.replace('cdi.k8s.io/', '').length).toBeLessThanOrEqual(63);
    expect(value).toBe('hpe.com/cxi=cxi1');
  });

  test('the kubelet is told of preferred allocation and needs no call before start', async () => {
    await using plugin = await run();
    expect(await plugin.kubelet.options(cxi)).toEqual({
      preStartRequired: false,
      getPreferredAllocationAvailable: true,
    });
    const free = ids(await plugin.kubelet.devices(cxi));
    expect(await plugin.kubelet.getPreferredAllocation(cxi, free, ['cxi1::5'], 2)).toEqual([
      'cxi0::0',
      'cxi1::5',
    ]);
  });
});

describe('what changes on the host reaches the kubelet', () => {
  test('a NIC that comes and goes', async () => {
    await using plugin = await run({ args: [exclusive] });
    await plugin.kubelet.devices(cxi, (devices) => isWell(devices, 'cxi1'));
    await plugin.host.hardware.cxi.unplug('cxi1');
    await plugin.kubelet.devices(cxi, (devices) => ids(devices).join() === 'cxi0');
    await plugin.host.hardware.cxi.plug({ generation: 2 });
    await plugin.kubelet.devices(cxi, (devices) => isWell(devices, 'cxi2'));
  });

  test('a link that goes down is unhealthy at once, and healthy again only after it was up for a while', async () => {
    await using plugin = await run({ args: [exclusive, '--debounce=300ms'] });
    await plugin.kubelet.devices(cxi, (devices) => isWell(devices, 'cxi0'));
    await plugin.host.hardware.cxi.setLink('cxi0', 'down');
    await plugin.kubelet.devices(cxi, (devices) => !isWell(devices, 'cxi0'));
    const before = performance.now();
    await plugin.host.hardware.cxi.setLink('cxi0', 'up');
    await plugin.kubelet.devices(cxi, (devices) => isWell(devices, 'cxi0'));
    expect(performance.now() - before).toBeGreaterThanOrEqual(290);
  });

  test('a device node that is gone', async () => {
    await using plugin = await run({ args: [exclusive] });
    await plugin.kubelet.devices(cxi, (devices) => isWell(devices, 'cxi0'));
    await plugin.host.setModules(plugin.host.modules.filter((module) => module !== 'cxi_user'));
    await plugin.kubelet.devices(cxi, (devices) => devices.every(({ health }) => health === 'Unhealthy'));
    await expect(plugin.kubelet.allocate(cxi, ['cxi0'])).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: 'device "cxi0" is not healthy: /dev/cxi0 is missing: is the module cxi_user loaded?',
    });
  });

  test('a NIC that somebody took out of service is withdrawn with the reason, and comes back', async () => {
    await using plugin = await run({ args: [exclusive, '--debounce=0s'] });
    await plugin.kubelet.devices(cxi, (list) => isWell(list, 'cxi0'));
    const path = plugin.host.root.path(outOfServicePath);
    const take = (...devices: string[]): Promise<void> =>
      writeFileDurable(path, formatOutOfService({ version: 1, updatedAt: '', devices }));
    await take('cxi0');
    await plugin.kubelet.devices(cxi, (list) => !isWell(list, 'cxi0') && isWell(list, 'cxi1'));
    await expect(plugin.kubelet.allocate(cxi, ['cxi0'])).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: 'device "cxi0" is not healthy: taken out of service by spec.unschedulable',
    });
    expect(await plugin.metrics.metrics()).toContain(
      'device_plugin_withheld_devices{device="cxi0",reason="OutOfService"} 1',
    );
    await take();
    await plugin.kubelet.devices(cxi, (list) => isWell(list, 'cxi0'));
  });

  test('a missing retry handler counts only where it is required', async () => {
    await using lax = await run({ args: [exclusive] });
    await lax.kubelet.devices(cxi, (devices) => isWell(devices, 'cxi0'));
    await using strict = await run({ args: [exclusive, '--require-retry-handler'] });
    await strict.kubelet.devices(cxi, (devices) => devices.length === 2 && !isWell(devices, 'cxi0'));
    await strict.host.hardware.cxi.write('cxi0', 'properties/pct_eq', '5\n');
    await strict.kubelet.devices(cxi, (devices) => isWell(devices, 'cxi0') && !isWell(devices, 'cxi1'));
  });
});

describe('Allocate', () => {
  test("device nodes: one answer per container, on the node's own paths", async () => {
    await using plugin = await run({ args: ['--node-root=/sim/node1'] });
    await plugin.kubelet.devices(cxi, (devices) => devices.length === 200);
    const { containerResponses } = await plugin.kubelet.allocate(
      cxi,
      ['cxi0::3'],
      ['cxi1::0', 'cxi0::4', 'cxi1::1'],
    );
    const node = (name: string): object => ({
      containerPath: `/dev/${name}`,
      hostPath: `/sim/node1/dev/${name}`,
      permissions: 'rw',
    });
    expect(containerResponses).toEqual([
      {
        envs: { CXI_DEVICE_COUNT: '1', CXI_DEVICE: 'cxi0', CXI_DEVICES: 'cxi0', FI_CXI_DEVICE_NAME: 'cxi0' },
        devices: [node('cxi0')],
        mounts: [],
        annotations: {},
        cdiDevices: [],
      },
      {
        envs: { CXI_DEVICE_COUNT: '2', CXI_DEVICES: 'cxi0,cxi1', FI_CXI_DEVICE_NAME: 'cxi0,cxi1' },
        devices: [node('cxi0'), node('cxi1')],
        mounts: [],
        annotations: {},
        cdiDevices: [],
      },
    ]);
  });

  test('an unknown NIC is refused by name and counted', async () => {
    await using plugin = await run({ args: [exclusive] });
    await plugin.kubelet.devices(cxi, (devices) => isWell(devices, 'cxi0'));
    await expect(plugin.kubelet.allocate(cxi, ['cxi7'])).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: 'device "cxi7" is not known',
    });
    expect(await plugin.metrics.metrics()).toContain(
      'device_plugin_refusals_total{resource="hpe.com/cxi",call="Allocate",reason="NotFound"} 1',
    );
  });

  test.each([
    [
      'cdi-cri',
      { cdiDevices: [{ name: 'hpe.com/cxi=cxi0' }, { name: 'hpe.com/cxi=cxi1' }], annotations: {} },
    ],
    [
      'cdi-annotations',
      {
        cdiDevices: [],
        annotations: { 'cdi.k8s.io/hpe.com.cxi_hpe.com_cxi': 'hpe.com/cxi=cxi0,hpe.com/cxi=cxi1' },
      },
    ],
  ])(
    '%s: CDI names, and the specification is there before the first NIC is offered',
    async (mode, expected) => {
      await using plugin = await run({ args: [exclusive, `--allocate-mode=${mode}`] });
      await plugin.kubelet.devices(cxi, (devices) => isWell(devices, 'cxi1'));
      expect(readFileSync(plugin.cdiFile, 'utf8')).toContain('name: cxi1');
      const { containerResponses } = await plugin.kubelet.allocate(cxi, ['cxi1', 'cxi0']);
      expect(containerResponses).toEqual([expect.objectContaining({ ...expected, devices: [], mounts: [] })]);
    },
  );
});

describe('one NIC under two names', () => {
  test('is withdrawn under the other name as soon as a pod gets it', async () => {
    await using plugin = await run({ args: [exclusive] });
    await plugin.kubelet.devices(legacy, (devices) => isWell(devices, 'cxi0'));
    await plugin.kubelet.allocate(cxi, ['cxi0']);
    await plugin.kubelet.devices(legacy, (devices) => !isWell(devices, 'cxi0') && isWell(devices, 'cxi1'));
    expect(isWell(await plugin.kubelet.devices(cxi), 'cxi0')).toBe(true);
    await expect(plugin.kubelet.allocate(legacy, ['cxi0'])).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: 'device "cxi0" is not healthy: a pod holds the NIC as hpe.com/cxi',
    });
  });

  test('two pods that ask at the same moment do not both get it', async () => {
    await using plugin = await run({ args: [exclusive] });
    await plugin.kubelet.devices(cxi, (devices) => isWell(devices, 'cxi0'));
    await plugin.kubelet.devices(legacy, (devices) => isWell(devices, 'cxi0'));
    const asked = [cxi, legacy, legacy, cxi].map((resource) => plugin.kubelet.allocate(resource, ['cxi0']));
    const answers = await Promise.allSettled(asked);
    const winners = [0, 1, 2, 3]
      .filter((i) => answers[i]?.status === 'fulfilled')
      .map((i) => i === 0 || i === 3);
    expect(new Set(winners).size).toBe(1);
  });

  test('a restarted plugin learns from the kubelet who holds what before it offers anything', async () => {
    await using plugin = await run({ args: [exclusive], podResources: false, obstacleWaitMs: 100 });
    const unhealthy = (devices: Devices): boolean => devices.every(({ health }) => health === 'Unhealthy');
    expect(unhealthy(await plugin.kubelet.devices(cxi))).toBe(true);
    expect(unhealthy(await plugin.kubelet.devices(legacy))).toBe(true);
    expect(await plugin.health.ready()).toMatchObject({ ok: false });
    const pods = await plugin.answerPodResources();
    pods.held = [{ pod: 'mpi-0', resource: legacy, ids: ['cxi0'] }];
    await plugin.kubelet.devices(legacy, (devices) => isWell(devices, 'cxi0'));
    const devices = await plugin.kubelet.devices(cxi, (list) => isWell(list, 'cxi1'));
    expect(isWell(devices, 'cxi0')).toBe(false);
    await expect(plugin.kubelet.allocate(cxi, ['cxi0'])).rejects.toThrow(
      'pod default/mpi-0 holds the NIC as beta.hpe.com/cxi',
    );
    expect(await plugin.health.ready()).toMatchObject({ ok: true });
  });

  test('it does not register before the kubelet has told who holds what, and is alive meanwhile', async () => {
    await using plugin = await run({ args: [exclusive], podResources: false });
    await until(async () => {
      const { checks } = await plugin.health.ready();
      return checks.some(({ message }) => message?.includes('held back: the kubelet') === true);
    });
    expect(await plugin.health.live()).toMatchObject({ ok: true });
    expect(plugin.kubelet.registrations.has(cxi) || plugin.kubelet.registrations.has(legacy)).toBe(false);
    await plugin.answerPodResources();
    const devices = await plugin.kubelet.devices(cxi);
    expect(devices.map(({ health }) => health)).toEqual(['Healthy', 'Healthy']);
  });

  test('shared NICs need no such care: both names stay', async () => {
    await using plugin = await run({ podResources: false });
    await plugin.kubelet.devices(cxi, (devices) => isWell(devices, 'cxi0::0'));
    await plugin.kubelet.allocate(cxi, ['cxi0::0']);
    await plugin.kubelet.allocate(legacy, ['cxi0::0']);
  });

  test('a NIC that was allocated exclusively before the mode was changed is not shared', async () => {
    await using plugin = await run({ podResources: false });
    const pods = await plugin.answerPodResources();
    pods.held = [{ pod: 'old', resource: cxi, ids: ['cxi0'] }];
    const devices = await plugin.kubelet.devices(
      cxi,
      (list) => list.length === 200 && !isWell(list, 'cxi0::0'),
    );
    expect(isWell(devices, 'cxi1::0')).toBe(true);
  });
});

describe('life', () => {
  test('ready once the kubelet knows every resource, alive while the own socket answers', async () => {
    await using plugin = await run();
    await plugin.kubelet.plugins.until((plugins) => plugins.size === 3);
    await plugin.kubelet.devices(vf);
    const ready = await plugin.health.ready();
    expect(ready.checks.map(({ name, ok }) => [name, ok])).toEqual([
      ['host', true],
      ['scanned', true],
      ['registered', true],
    ]);
    expect(await plugin.health.live()).toMatchObject({ ok: true });
  });

  test('a stop ends the streams, removes the sockets and leaves the CDI specification', async () => {
    await using plugin = await run({ args: ['--allocate-mode=cdi-cri'] });
    const { ended } = await plugin.kubelet.plugin(cxi);
    await plugin.kubelet.devices(cxi);
    await plugin.stop();
    await ended.until((now) => now);
    expect(readdirSync(join(plugin.folder, 'plugins'))).toEqual(['kubelet.sock']);
    expect(existsSync(plugin.cdiFile)).toBe(true);
  });

  test('the metrics say what is offered and what was done', async () => {
    await using plugin = await run({ args: [exclusive] });
    await plugin.kubelet.devices(cxi, (devices) => isWell(devices, 'cxi0'));
    await plugin.host.hardware.cxi.setLink('cxi1', 'down');
    await plugin.kubelet.devices(cxi, (devices) => !isWell(devices, 'cxi1'));
    await plugin.kubelet.allocate(cxi, ['cxi0']);
    const text = await plugin.metrics.metrics();
    for (const line of [
      'device_plugin_devices{resource="hpe.com/cxi",health="Healthy"} 1',
      'device_plugin_devices{resource="hpe.com/cxi",health="Unhealthy"} 1',
      'device_plugin_devices{resource="hpe.com/cxi-vf",health="Healthy"} 0',
      'device_plugin_allocations_total{resource="hpe.com/cxi"} 1',
      'device_plugin_allocated_devices_total{resource="hpe.com/cxi"} 1',
      'device_plugin_registrations_total{resource="hpe.com/cxi",result="success"} 1',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).toMatch(/device_plugin_list_updates_total\{resource="hpe.com\/cxi"\} [2-4]\n/);
  });
});
