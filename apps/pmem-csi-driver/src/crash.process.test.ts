import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { csi } from '@rackwright/csi';
import { createRequest, mounted, publishRequest } from './testing/driver.ts';
import { RestartedDriver } from './testing/restarted-driver.ts';

const { ControllerService: controller, NodeService: node } = csi;
const long = process.env.RACKWRIGHT_LONG_TESTS === '1';

/** The life of a volume and of an inline one. */
async function lives(cluster: RestartedDriver, root: string): Promise<void> {
  const target = join(root, 'target');
  const volume = await cluster.step((client) => client.call(controller.createVolume, createRequest('pvc-1')));
  const volumeId = volume.volume?.volumeId ?? '';
  const stage = {
    ...{ volumeId, stagingTargetPath: root, publishContext: {}, secrets: {}, volumeContext: {} },
    volumeCapability: mounted(),
  };
  await cluster.step((client) => client.call(node.nodeStageVolume, stage));
  await cluster.step((client) => client.call(node.nodePublishVolume, publishRequest(volumeId, target)));
  await writeFile(join(target, 'file'), 'kept');
  const capacityRange = { requiredBytes: 2n ** 31n, limitBytes: 0n };
  const grow = { volumeId, capacityRange, secrets: {}, volumeCapability: mounted() };
  const grown = await cluster.step((client) => client.call(controller.controllerExpandVolume, grow));
  expect(grown.capacityBytes).toBe(2n ** 31n);
  expect(await readFile(join(target, 'file'), 'utf8')).toBe('kept');
  await cluster.step((client) => client.call(node.nodeUnpublishVolume, { volumeId, targetPath: target }));
  await expect(lstat(target)).rejects.toThrow('ENOENT');
  await cluster.step((client) => client.call(controller.deleteVolume, { volumeId, secrets: {} }));
  const volumeContext = { size: '4Mi', 'csi.storage.k8s.io/ephemeral': 'true' };
  const inline = publishRequest('csi-1', target, { volumeContext, stagingTargetPath: '' });
  await cluster.step((client) => client.call(node.nodePublishVolume, inline));
  await cluster.step((client) =>
    client.call(node.nodeUnpublishVolume, { volumeId: 'csi-1', targetPath: target }),
  );
}

/** What kill it was; empty once the driver makes no so many calls. */
async function killedAt(point: number): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'pmem-kill-'));
  await mkdir(join(root, 'pods'));
  const cluster = new RestartedDriver(root, point);
  try {
    await lives(cluster, root);
    const { entries } = await cluster.step((client) =>
      client.call(controller.listVolumes, { maxEntries: 0, startingToken: '' }),
    );
    expect(entries).toEqual([]);
    expect(await readdir(join(root, 'state'))).toEqual(['fake']);
    expect(await readdir(join(root, 'state/fake'))).toEqual([]);
    return cluster.kills.join();
  } finally {
    await cluster.stop();
    await rm(root, { recursive: true, force: true });
  }
}

// By default two, in the middle of a creation; all of them with RACKWRIGHT_LONG_TESTS=1.
const points = long ? Array.from({ length: 200 }, (_, i) => i + 1) : [5, 14];

test(
  'killed before any of its calls that change a file, the driver comes back, nothing is lost and nothing is left',
  async () => {
    const kills: string[] = [];
    for (const point of points) {
      const kill = await killedAt(point);
      if (kill === '') break;
      kills.push(kill);
    }
    process.stdout.write(`killed at ${kills.length} points\n`);
    for (const [i, kill] of kills.entries()) expect(kill).toContain(`killed before call ${points[i]}: `);
    expect(kills.length).toBeGreaterThanOrEqual(long ? 40 : 2);
  },
  long ? 3_600_000 : 120_000,
);
