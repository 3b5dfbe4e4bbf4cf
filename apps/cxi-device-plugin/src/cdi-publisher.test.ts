import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { HwError, Latest, Lifetime, ManualClock, silentLogger } from '@rackwright/core';
import { CdiFile, CdiFilePublisher, namedByCdi } from '@rackwright/kubelet';
import { socketFolder } from '@rackwright/kubelet/testing';
import { cxiCdiSpec } from './cdi-spec.ts';
import type { Nic } from './model.ts';
import { status as statusPage } from './status.ts';
import { nic } from './testing/nics.ts';
import { PluginRun } from './testing/plugin-run.ts';

const cxi = 'hpe.com/cxi';

const cdiCheck = async (plugin: PluginRun) =>
  (await plugin.health.ready()).checks.find(({ name }) => name === 'cdi');

/** Asks again and again until the answer is yes. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise<void>((resolve) => setImmediate(resolve));
}

function publisher(path: string, nics: () => readonly Nic[]) {
  const updates: string[] = [];
  const clock = new ManualClock();
  const file = new CdiFile(path);
  const self = new CdiFilePublisher({
    file,
    kind: cxi,
    build: (env) =>
      cxiCdiSpec({
        nics: nics(),
        env,
        libraries: [],
        xpmem: false,
        onNode: (one) => one,
        nodeOf: (name) => `/dev/${name}`,
      }),
    changes: new Latest<readonly Nic[]>([]),
    clock,
    logger: silentLogger,
    onUpdate: (result) => updates.push(result),
  });
  return { self, file, clock, updates };
}

test('the file follows the NICs and goes with the last one', async () => {
  using folder = socketFolder();
  let nics = [nic('cxi0')];
  const { self, file, updates } = publisher(join(folder.path, 'hpe.com-cxi.yaml'), () => nics);
  await self.update();
  nics = [nic('cxi0'), nic('cxi1')];
  await self.update();
  const { ino } = statSync(file.path);
  await self.update();
  expect(statSync(file.path).ino).toBe(ino);
  nics = [];
  await self.update();
  expect(existsSync(file.path)).toBe(false);
  expect(self.published.value).toBeUndefined();
  expect(updates).toEqual(['written', 'written', 'removed']);
});

test('an environment list somebody put into the file stays, whatever else is replaced', async () => {
  using folder = socketFolder();
  const { self, file } = publisher(join(folder.path, 'hpe.com-cxi.yaml'), () => [nic('cxi0')]);
  await self.update();
  const text = readFileSync(file.path, 'utf8');
  writeFileSync(file.path, `${text}containerEdits:\n  env: ["A=b=c"]\n  mounts: []\n`);
  await self.update();
  expect(self.published.value?.containerEdits?.env).toEqual(['A=b=c']);
  writeFileSync(file.path, 'not: a specification');
  await self.update();
  expect(readFileSync(file.path, 'utf8')).toContain('- A=b=c');
});

describe('a full disk', () => {
  /** A file system of two pages. */
  function smallDisk(): { readonly path: string; fill(): void; free(): void } & Disposable {
    const folder = socketFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', folder.path]).status === 0;
    const filler = join(folder.path, 'filler');
    return {
      path: folder.path,
      fill: () => {
        expect(() => writeFileSync(filler, Buffer.alloc(64 * 1024))).toThrow('ENOSPC');
      },
      free: () => rmSync(filler, { force: true }),
      [Symbol.dispose]: () => {
        // Lazily: somebody on this machine may just look at what is mounted.
        if (mounted) spawnSync('umount', ['-l', folder.path]);
        folder[Symbol.dispose]();
      },
    };
  }
  const ifRoot = process.getuid?.() === 0 ? test : test.skip;

  ifRoot('leaves the NICs that the file names offered; the new one waits with the reason', async () => {
    using disk = smallDisk();
    const args = [
      ...['--sharing-mode=exclusive', '--allocate-mode=cdi-cri', '--legacy-resource-name='],
      `--cdi-dir=${disk.path}`,
    ];
    await using plugin = await PluginRun.start({ host: { nics: [{ generation: 1 }] }, args });
    await plugin.kubelet.devices(cxi, ([first]) => first?.health === 'Healthy');
    disk.fill();
    await plugin.host.hardware.cxi.plug({ generation: 2 });
    const offered = await plugin.kubelet.devices(cxi, (list) => list.length === 2);
    expect(offered.map(({ health }) => health)).toEqual(['Healthy', 'Unhealthy']);
    const { containerResponses } = await plugin.kubelet.allocate(cxi, ['cxi0']);
    expect(containerResponses[0]?.cdiDevices).toEqual([{ name: 'hpe.com/cxi=cxi0' }]);
    const reason = expect.stringMatching(/cannot write the CDI specification .*no space left/);
    await until(async () => (await cdiCheck(plugin))?.ok === false);
    await expect(plugin.kubelet.allocate(cxi, ['cxi1'])).rejects.toMatchObject({ details: reason });
    expect(await cdiCheck(plugin)).toMatchObject({ ok: false, message: reason });
    expect(await plugin.metrics.metrics()).toContain(
      'device_plugin_withheld_devices{device="cxi1",reason="NotInCdi"} 1',
    );
    const { ended, lists } = await plugin.kubelet.plugin(cxi);
    expect(lists.map((list) => list[0]?.health)).not.toContain('Unhealthy');
    expect(ended.value).toBe(false);
  });

  ifRoot('is tried again, and the new NIC is offered once there is room', async () => {
    using disk = smallDisk();
    const nics = [nic('cxi0')];
    const { self, clock, updates } = publisher(join(disk.path, 'hpe.com-cxi.yaml'), () => nics);
    await self.update();
    disk.fill();
    nics.push(nic('cxi1'));
    await using lifetime = new Lifetime();
    lifetime.spawn('cdi', (signal) => self.start(signal));
    await self.failure.until((reason) => reason !== undefined);
    expect(self.published.value?.devices.map(({ name }) => name)).toEqual(['0', 'all', 'cxi0']);
    disk.free();
    await until(async () => {
      await clock.advance(10_000);
      return self.failure.value === undefined;
    });
    expect(self.published.value?.devices.map(({ name }) => name)).toContain('cxi1');
    expect([updates[0], updates.at(-1)]).toEqual(['written', 'written']);
  });

  test('at the start: what the file of the plugin before names is offered', async () => {
    using folder = socketFolder();
    const path = join(folder.path, 'hpe.com-cxi.yaml');
    await publisher(path, () => [nic('cxi0')]).self.update();
    const { self, file } = publisher(path, () => [nic('cxi0'), nic('cxi1')]);
    file.update = async () => {
      throw new HwError('Internal', 'no space left on device');
    };
    await self.update();
    expect(self.published.value?.devices.map(({ name }) => name)).toEqual(['0', 'all', 'cxi0']);
    expect(self.failure.value).toBe('no space left on device');
  });

  test('shows in /status at the NIC that waits', async () => {
    using folder = socketFolder();
    const nics = new Latest<readonly Nic[]>([nic('cxi0')]);
    const { self, file } = publisher(join(folder.path, 'hpe.com-cxi.yaml'), () => nics.value);
    const named = namedByCdi(nics, self, 'NIC');
    await self.update();
    file.update = async () => {
      throw new HwError('Internal', 'no space left on device');
    };
    nics.set([nic('cxi0'), nic('cxi1')]);
    await self.update();
    expect(statusPage(named.value, new Map(), []).nics).toMatchObject([
      { device: 'cxi0', healthy: true },
      { device: 'cxi1', healthy: false, reason: 'NotInCdi', message: 'no space left on device' },
    ]);
  });

  test('hides nothing: a file that is gone or somebody else’s names no NIC', async () => {
    using folder = socketFolder();
    const path = join(folder.path, 'hpe.com-cxi.yaml');
    const { self, file } = publisher(path, () => [nic('cxi0')]);
    await self.update();
    file.update = async () => {
      throw new HwError('Internal', 'no space left on device');
    };
    writeFileSync(path, 'not: a specification');
    await self.update();
    expect(self.published.value).toBeUndefined();
    rmSync(path);
    await self.update();
    expect(self.published.value).toBeUndefined();
  });
});

describe('on a node', () => {
  test('a NIC is offered only once the runtime could know it', async () => {
    const args = ['--sharing-mode=exclusive', '--allocate-mode=cdi-cri'];
    await using plugin = await PluginRun.start({ host: { nics: [{ generation: 1 }] }, args });
    await plugin.kubelet.devices(cxi, ([first]) => first?.health === 'Healthy');
    await plugin.host.hardware.cxi.plug({ generation: 2 });
    await plugin.kubelet.devices(cxi, (list) => list[1]?.health === 'Healthy');
    expect(readFileSync(plugin.cdiFile, 'utf8')).toContain('name: cxi1');
    await plugin.host.hardware.cxi.unplug('cxi0');
    await plugin.host.hardware.cxi.unplug('cxi1');
    await plugin.kubelet.devices(cxi, (list) => list.length === 0);
    const { ended } = await plugin.kubelet.plugin(cxi);
    expect(ended.value).toBe(false);
  });

  test('a folder that cannot be written: nothing is offered, and everybody is told why', async () => {
    const args = ['--sharing-mode=exclusive', '--allocate-mode=cdi-cri'];
    await using plugin = await PluginRun.start({
      host: { nics: [{ generation: 1 }] },
      args,
      blockCdi: true,
      obstacleWaitMs: 0,
    });
    const [first] = await plugin.kubelet.devices(cxi);
    expect(first?.health).toBe('Unhealthy');
    await expect(plugin.kubelet.allocate(cxi, ['cxi0'])).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: expect.stringContaining('cannot write the CDI specification'),
    });
    const ready = await plugin.health.ready();
    expect(ready.checks.find(({ name }) => name === 'cdi')).toMatchObject({ ok: false });
    expect(await plugin.metrics.metrics()).toMatch(/device_plugin_cdi_updates_total\{result="failed"\} \d/);
  });
});

describe("HPE's -enable-cdi", () => {
  test("copies the edits of the generator's file into the answer", async () => {
    using folder = socketFolder();
    const file = join(folder.path, 'hpe.com-cxi.yaml');
    writeFileSync(
      file,
      [
        'cdiVersion: 0.5.0',
        'kind: hpe.com/cxi',
        'devices: [{name: "0", containerEdits: {deviceNodes: [{path: /dev/cxi0}]}}]',
        'containerEdits:',
        '  env: [LD_LIBRARY_PATH=/opt/cray/lib64, "FI_OPTS=a=b"]',
        '  deviceNodes: [{path: /dev/xpmem}]',
        '  mounts: [{hostPath: /usr/lib64/libcxi.so.1.5, containerPath: /usr/lib64/libcxi.so.1, options: [ro, bind]}]',
      ].join('\n'),
    );
    await using plugin = await PluginRun.start({
      host: { nics: [{ generation: 1 }] },
      args: [`-enable-cdi=${file}`],
    });
    await plugin.kubelet.devices(cxi, ([first]) => first?.health === 'Healthy');
    expect((await plugin.kubelet.allocate(cxi, ['cxi0'])).containerResponses).toEqual([
      {
        envs: {
          LD_LIBRARY_PATH: '/opt/cray/lib64',
          FI_OPTS: 'a=b',
          CXI_DEVICE_COUNT: '1',
          CXI_DEVICE: 'cxi0',
          CXI_DEVICES: 'cxi0',
          FI_CXI_DEVICE_NAME: 'cxi0',
        },
        devices: [
          { containerPath: '/dev/cxi0', hostPath: '/dev/cxi0', permissions: 'rw' },
          { containerPath: '/dev/xpmem', hostPath: '/dev/xpmem', permissions: 'rwm' },
        ],
        mounts: [
          { containerPath: '/usr/lib64/libcxi.so.1', hostPath: '/usr/lib64/libcxi.so.1.5', readOnly: true },
        ],
        annotations: {},
        cdiDevices: [],
      },
    ]);
  });

  test('without the file the libraries of the host are taken, and nothing is written', async () => {
    using folder = socketFolder();
    const file = join(folder.path, 'hpe.com-cxi.yaml');
    await using plugin = await PluginRun.start({
      host: { nics: [{ generation: 1 }] },
      args: [`-enable-cdi=${file}`],
    });
    await plugin.kubelet.devices(cxi, ([first]) => first?.health === 'Healthy');
    const { containerResponses } = await plugin.kubelet.allocate(cxi, ['cxi0']);
    const mounts = containerResponses[0]?.mounts.map(({ containerPath }) => containerPath);
    expect(mounts).toContain('/opt/cray/lib64/libfabric.so.1');
    expect(existsSync(file)).toBe(false);
  });
});
