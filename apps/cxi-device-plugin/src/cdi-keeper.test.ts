import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { Latest, silentLogger, systemClock } from '@rackwright/core';
import { CdiFile } from '@rackwright/kubelet';
import { socketFolder } from '@rackwright/kubelet/testing';
import { CdiKeeper } from './cdi-keeper.ts';
import { cxiCdiSpec } from './cdi-spec.ts';
import type { Nic } from './model.ts';
import { nic } from './testing/nics.ts';
import { PluginRun } from './testing/plugin-run.ts';

const cxi = 'hpe.com/cxi';

function keeper(path: string, nics: () => Nic[]) {
  const updates: string[] = [];
  const file = new CdiFile(path);
  const self = new CdiKeeper({
    file,
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
    clock: systemClock,
    logger: silentLogger,
    onUpdate: (result) => updates.push(result),
  });
  return { self, file, updates };
}

test('the file follows the NICs and goes with the last one', async () => {
  using folder = socketFolder();
  let nics = [nic('cxi0')];
  const { self, file, updates } = keeper(join(folder.path, 'hpe.com-cxi.yaml'), () => nics);
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
  const { self, file } = keeper(join(folder.path, 'hpe.com-cxi.yaml'), () => [nic('cxi0')]);
  await self.update();
  const text = readFileSync(file.path, 'utf8');
  writeFileSync(file.path, `${text}containerEdits:\n  env: ["A=b=c"]\n  mounts: []\n`);
  await self.update();
  expect(self.published.value?.containerEdits?.env).toEqual(['A=b=c']);
  writeFileSync(file.path, 'not: a specification');
  await self.update();
  expect(readFileSync(file.path, 'utf8')).toContain('- A=b=c');
});

describe('on a node', () => {
  test('a NIC is offered only once the runtime could know it', async () => {
    const args = ['--sharing-mode=exclusive', '--allocate-mode=cdi-cri'];
    await using plugin = await PluginRun.start({ host: { nics: [{ generation: 1 }] }, args });
    await plugin.kubelet.devices(cxi, ([first]) => first?.health === 'Healthy');
    await plugin.host.plug({ generation: 2 });
    await plugin.kubelet.devices(cxi, (list) => list[1]?.health === 'Healthy');
    expect(readFileSync(plugin.cdiFile, 'utf8')).toContain('name: cxi1');
    await plugin.host.unplug('cxi0');
    await plugin.host.unplug('cxi1');
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
      patienceMs: 0,
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
