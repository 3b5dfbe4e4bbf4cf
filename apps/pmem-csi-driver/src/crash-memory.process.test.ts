import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { SystemProcessRunner } from '@rackwright/host';
import { HostTools } from '@rackwright/storage';
import { memoryLvm } from './devices/lvm/memory-lvm.ts';
import { createRequest, mounted, publishRequest } from './testing/driver.ts';
import { PmemHost } from './testing/pmem-host.ts';
import { RestartedDriver } from './testing/restarted-driver.ts';

const { ControllerService: controller, NodeService: node } = csi;
const long = process.env.RACKWRIGHT_LONG_TESTS === '1';
const MiB = 2n ** 20n;
const [staging, target] = ['/var/lib/kubelet/staging', '/var/lib/kubelet/target'] as const;

/** The life of a volume: created, staged, published, written, grown, taken away, erased. */
async function life(driver: RestartedDriver, { host }: PmemHost): Promise<void> {
  const capacityRange = { requiredBytes: 8n * MiB, limitBytes: 0n };
  const request = { ...createRequest('pvc-1'), capacityRange };
  const { volume } = await driver.step((client) => client.call(controller.createVolume, request));
  const volumeId = volume?.volumeId ?? '';
  const volumeCapability = mounted('ext4');
  const stage = { volumeId, stagingTargetPath: staging, volumeCapability };
  const rest = { publishContext: {}, secrets: {}, volumeContext: {} };
  await driver.step((client) => client.call(node.nodeStageVolume, { ...stage, ...rest }));
  const publish = publishRequest(volumeId, target, { stagingTargetPath: staging, volumeCapability });
  await driver.step((client) => client.call(node.nodePublishVolume, publish));
  await writeFile(host.root.path(`${target}/file`), 'kept');
  const grow = {
    volumeId,
    capacityRange: { requiredBytes: 16n * MiB, limitBytes: 0n },
    secrets: {},
    volumeCapability,
  };
  const grown = await driver.step((client) => client.call(controller.controllerExpandVolume, grow));
  expect(grown.capacityBytes).toBe(16n * MiB);
  const expand = { ...grow, volumePath: target, stagingTargetPath: staging };
  await driver.step((client) => client.call(node.nodeExpandVolume, expand));
  expect(await readFile(host.root.path(`${target}/file`), 'utf8')).toBe('kept');
  await driver.step((client) => client.call(node.nodeUnpublishVolume, { volumeId, targetPath: target }));
  await driver.step((client) =>
    client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath: staging }),
  );
  await driver.step((client) => client.call(controller.deleteVolume, { volumeId, secrets: {} }));
}

/** What kill it was; empty once the driver makes no so many calls. */
async function killedAt(point: number): Promise<string> {
  await using pmem = await PmemHost.create([{ bytes: 128 * 2 ** 20 }]);
  const { root } = pmem.host;
  await mkdir(root.path(staging), { recursive: true });
  const driver = new RestartedDriver(pmem.folder, point, [
    '-deviceManager=lvm',
    `--host-root=${root.prefix}`,
  ]);
  try {
    await life(driver, pmem);
    const runner = new SystemProcessRunner(systemClock);
    const lvm = memoryLvm(new HostTools({ runner, root, entry: 'tree' }));
    await driver.step(async (client) => {
      const listed = await client.call(controller.listVolumes, { maxEntries: 0, startingToken: '' });
      expect(listed.entries).toEqual([]);
    });
    // What is erased is gone a moment after the answer.
    const deadline = systemClock.monotonic() + 60_000;
    const left = async (): Promise<string[]> => [
      ...(await lvm.report()).lvs.map(({ name }) => name),
      ...(await readdir(`${pmem.folder}/state`)),
    ];
    while ((await left()).length > 0 && systemClock.monotonic() < deadline)
      await driver.step(() => systemClock.sleep(20));
    expect(await left()).toEqual([]);
    const { vgs } = await lvm.report();
    expect(vgs.map(({ name, sizeBytes, freeBytes }) => [name, sizeBytes - freeBytes])).toEqual([
      ['ndbus0region0fsdax', 0n],
    ]);
    expect(pmem.region('region0').namespaces).toHaveLength(1);
    return driver.kills.join();
  } finally {
    await driver.stop();
  }
}

// By default one, in the middle of the making of a namespace; all of them with RACKWRIGHT_LONG_TESTS=1.
const points = long ? Array.from({ length: 300 }, (_, i) => i + 1) : [5];

test(
  'killed before any call that changes a file or starts a program, a driver of persistent memory comes back, and nothing is lost or left',
  async () => {
    const kills: string[] = [];
    for (const point of points) {
      const kill = await killedAt(point);
      if (kill === '') break;
      kills.push(kill);
    }
    process.stdout.write(`killed at ${kills.length} points\n`);
    for (const [i, kill] of kills.entries()) expect(kill).toContain(`killed before call ${points[i]}: `);
    expect(kills.length).toBeGreaterThanOrEqual(long ? 60 : 1);
  },
  long ? 14_400_000 : 240_000,
);
