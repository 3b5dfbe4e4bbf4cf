import { lstat, mkdir, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { csi } from '@rackwright/csi';
import { StateFolder } from './state/state-folder.ts';
import { mounted, publishRequest, raw, TestDriver } from './testing/driver.ts';

const { ControllerService: controller, NodeService: node } = csi;
const GiB = 2n ** 30n;
const MiB = 2n ** 20n;

test('a volume is made, given to a pod, written, seen again after a restart of the driver, and gone after its deletion', async () => {
  const first = await TestDriver.start();
  const { folder } = first;
  const volume = await first.create('pvc-1');
  expect(volume).toMatchObject({
    volumeId: expect.stringMatching(/^pvc-1-[0-9a-f]{56}$/),
    capacityBytes: GiB,
    accessibleTopology: [{ segments: { 'pmem-csi.intel.com/node': 'node-1' } }],
  });
  const target = join(folder, 'pods/mount');
  const { volumeId, volumeContext } = volume;
  const stage = {
    ...{ volumeId, volumeContext, publishContext: {}, secrets: {}, stagingTargetPath: join(folder, 'pods') },
    volumeCapability: mounted('xfs'),
  };
  await first.client.call(node.nodeStageVolume, stage);
  await first.client.call(node.nodePublishVolume, publishRequest(volumeId, target, { volumeContext }));
  await writeFile(join(target, 'file'), 'kept');
  await first.stop();

  await using second = await TestDriver.start(folder);
  // Idempotent after the restart, too.
  expect((await second.create('pvc-1')).volumeId).toBe(volumeId);
  await second.client.call(node.nodeStageVolume, stage);
  await second.client.call(node.nodePublishVolume, publishRequest(volumeId, target, { volumeContext }));
  expect(await readFile(join(target, 'file'), 'utf8')).toBe('kept');
  await expect(second.client.call(controller.deleteVolume, { volumeId, secrets: {} })).rejects.toThrow(
    'is still published at',
  );
  await second.client.call(node.nodeUnpublishVolume, { volumeId, targetPath: target });
  await expect(lstat(target)).rejects.toThrow('ENOENT');
  await second.client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath: join(folder, 'pods') });
  for (let time = 0; time < 2; time++)
    await second.client.call(controller.deleteVolume, { volumeId, secrets: {} });
  expect(await readdir(second.state)).toEqual(['fake']);
  expect(await readdir(join(second.state, 'fake'))).toEqual([]);
});

test('a restarted driver refuses to publish a target the other way, and leaves it as it is', async () => {
  const first = await TestDriver.start();
  const { folder } = first;
  const { volumeId } = await first.create('data');
  const publish = ({ client }: TestDriver, target: string, readonly: boolean) =>
    client.call(node.nodePublishVolume, publishRequest(volumeId, target, { readonly }));
  const [writable, readOnly] = [join(folder, 'pods/rw'), join(folder, 'pods/ro')];
  await publish(first, writable, false);
  await publish(first, readOnly, true);
  const before = await Promise.all([writable, readOnly].map((target) => readlink(target)));
  await first.stop();

  await using second = await TestDriver.start(folder);
  const refused = { code: 'AlreadyExists', message: expect.stringContaining('published in another way') };
  await expect(publish(second, writable, true)).rejects.toMatchObject(refused);
  await expect(publish(second, readOnly, false)).rejects.toMatchObject(refused);
  await publish(second, writable, false);
  await publish(second, readOnly, true);
  expect(await Promise.all([writable, readOnly].map((target) => readlink(target)))).toEqual(before);
});

test('the same name with other wishes is refused, and so is what cannot be had', async () => {
  await using driver = await TestDriver.start();
  await driver.create('data');
  const refusals: [Partial<csi.CreateVolumeRequest>, string, RegExp][] = [
    [
      { capacityRange: { requiredBytes: 2n * GiB, limitBytes: 0n } },
      'AlreadyExists',
      /is there with 1073741824 bytes/,
    ],
    [{ parameters: { usage: 'FileIO' } }, 'AlreadyExists', /another usage/],
    [
      { name: 'b', parameters: { colour: 'red' } },
      'InvalidArgument',
      /parameter "colour" is invalid in this context/,
    ],
    [
      { name: 'b', parameters: { usage: 'x' } },
      'InvalidArgument',
      /usage: "x" is not one of AppDirect, FileIO/,
    ],
    [{ name: '' }, 'InvalidArgument', /name is missing/],
    [{ name: 'n'.repeat(129) }, 'InvalidArgument', /more than 128 bytes/],
    [{ name: 'b', volumeCapabilities: [] }, 'InvalidArgument', /volume_capabilities is missing/],
    [
      { name: 'b', volumeCapabilities: [mounted('btrfs')] },
      'InvalidArgument',
      /"btrfs" is not one of ext4, xfs/,
    ],
    [
      {
        name: 'b',
        volumeCapabilities: [mounted('', csi.VolumeCapability_AccessMode_Mode.MULTI_NODE_MULTI_WRITER)],
      },
      'InvalidArgument',
      /MULTI_NODE_MULTI_WRITER is not possible/,
    ],
    [
      { name: 'b', capacityRange: { requiredBytes: 5n * MiB, limitBytes: 6n * MiB } },
      'OutOfRange',
      /would have 8388608 bytes/,
    ],
    [{ name: 'b', capacityRange: { requiredBytes: -1n, limitBytes: 0n } }, 'InvalidArgument', /below zero/],
    [
      { name: 'b', capacityRange: { requiredBytes: 2n ** 63n - 1n, limitBytes: 0n } },
      'OutOfRange',
      /more than the limit/,
    ],
    [
      { name: 'b', capacityRange: { requiredBytes: 2n ** 50n, limitBytes: 0n } },
      'ResourceExhausted',
      /are free/,
    ],
    [
      {
        name: 'b',
        capacityRange: { requiredBytes: 100n * MiB, limitBytes: 0n },
        volumeCapabilities: [mounted('xfs')],
      },
      'OutOfRange',
      /xfs needs/,
    ],
    [
      {
        name: 'b',
        accessibilityRequirements: {
          requisite: [{ segments: { 'pmem-csi.intel.com/node': 'node-2' } }],
          preferred: [],
        },
      },
      'ResourceExhausted',
      /another node/,
    ],
  ];
  for (const [change, code, message] of refusals) {
    const failure = await driver.create('data', change).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(String(failure)).toContain('node-1: ');
  }
  expect((await readdir(driver.state)).length).toBe(2);
  const { entries } = await driver.client.call(controller.listVolumes, { maxEntries: 0, startingToken: '' });
  expect(entries.map(({ volume }) => volume?.capacityBytes)).toEqual([GiB]);
});

test('an inline volume lives as long as its pod', async () => {
  await using driver = await TestDriver.start();
  const target = join(driver.folder, 'pods/inline');
  const volumeContext = {
    size: '12Mi',
    'csi.storage.k8s.io/ephemeral': 'true',
    'csi.storage.k8s.io/pod.name': 'p',
  };
  const request = publishRequest('csi-0123', target, { volumeContext, stagingTargetPath: '' });
  await driver.client.call(node.nodePublishVolume, request);
  await driver.client.call(node.nodePublishVolume, request);
  await writeFile(join(target, 'file'), 'x');
  const stats = { volumeId: 'csi-0123', volumePath: target, stagingTargetPath: '' };
  expect(await driver.client.call(node.nodeGetVolumeStats, stats)).toMatchObject({
    usage: [{ total: 12n * MiB, unit: csi.VolumeUsage_Unit.BYTES }, { unit: csi.VolumeUsage_Unit.INODES }],
    volumeCondition: { abnormal: false },
  });
  for (let time = 0; time < 2; time++)
    await driver.client.call(node.nodeUnpublishVolume, { volumeId: 'csi-0123', targetPath: target });
  await expect(lstat(target)).rejects.toThrow('ENOENT');
  expect(await readdir(driver.state)).toEqual(['fake']);
  const asBlock = { ...request, volumeCapability: raw() };
  await expect(driver.client.call(node.nodePublishVolume, asBlock)).rejects.toMatchObject({
    code: 'InvalidArgument',
  });
});

test('a raw block volume is a file of its size, and grows while it is published', async () => {
  await using driver = await TestDriver.start();
  const { volumeId } = await driver.create('raw', { volumeCapabilities: [raw()] });
  const target = join(driver.folder, 'pods/device');
  const request = publishRequest(volumeId, target, { volumeCapability: raw(), stagingTargetPath: '' });
  await driver.client.call(node.nodePublishVolume, request);
  expect((await stat(target)).size).toBe(Number(GiB));
  const grow = {
    volumeId,
    capacityRange: { requiredBytes: 2n * GiB, limitBytes: 0n },
    secrets: {},
    volumeCapability: raw(),
  };
  expect(await driver.client.call(controller.controllerExpandVolume, grow)).toEqual({
    capacityBytes: 2n * GiB,
    nodeExpansionRequired: false,
  });
  expect((await stat(target)).size).toBe(Number(2n * GiB));
  const single = mounted('', csi.VolumeCapability_AccessMode_Mode.SINGLE_NODE_SINGLE_WRITER);
  const second = publishRequest(volumeId, join(driver.folder, 'pods/second'), { volumeCapability: single });
  await expect(driver.client.call(node.nodePublishVolume, second)).rejects.toMatchObject({
    code: 'FailedPrecondition',
  });
});

test('what stands at a target and is not ours is neither taken nor removed', async () => {
  await using driver = await TestDriver.start();
  const { volumeId } = await driver.create('data');
  const target = join(driver.folder, 'pods/foreign');
  await mkdir(target);
  await writeFile(join(target, 'file'), 'theirs');
  await expect(
    driver.client.call(node.nodePublishVolume, publishRequest(volumeId, target)),
  ).rejects.toMatchObject({
    code: 'AlreadyExists',
  });
  await expect(
    driver.client.call(node.nodeUnpublishVolume, { volumeId, targetPath: target }),
  ).rejects.toMatchObject({ code: 'FailedPrecondition' });
  expect(await readFile(join(target, 'file'), 'utf8')).toBe('theirs');
  await driver.client.call(node.nodeUnpublishVolume, {
    volumeId: 'unknown',
    targetPath: join(driver.folder, 'none'),
  });
});

test('a state folder is healed: torn files, leftovers of writes, files without a device, the older driver’s files', async () => {
  const first = await TestDriver.start();
  const [kept, torn, lost] = await Promise.all(['kept', 'torn', 'lost'].map((name) => first.create(name)));
  await first.stop();
  const state = join(first.folder, 'state');
  const file = (volume: csi.Volume | undefined): string => join(state, `${volume?.volumeId}.json`);
  const older =
    '{"id":"older-1","size":4194304,"parameters":{"name":"older","eraseafter":"false","deviceMode":"fake"}}';
  await writeFile(file(torn), '{"id":');
  await writeFile(`${file(kept)}.tmp`, 'half');
  await rm(join(state, 'fake', lost?.volumeId ?? ''), { recursive: true });
  await writeFile(join(state, 'older-1.json'), older);
  await mkdir(join(state, 'fake/older-1'));
  await writeFile(join(state, 'fake/older-1/size'), '4194304');
  await using second = await TestDriver.start(first.folder);
  const { entries } = await second.client.call(controller.listVolumes, { maxEntries: 0, startingToken: '' });
  expect(entries.map(({ volume }) => volume?.volumeId)).toEqual([kept?.volumeId, 'older-1', torn?.volumeId]);
  expect((await readdir(state)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect((await second.create('torn')).volumeId).toBe(torn?.volumeId);
  expect((await second.create('lost')).volumeId).toBe(lost?.volumeId);
});

test('thirty volumes at once are made, used and deleted, each once', async () => {
  await using driver = await TestDriver.start();
  const { client, folder } = driver;
  const one = async (name: string): Promise<void> => {
    // Twice at the same time, as a provisioner does whose first call took too long.
    const [{ volumeId }, again] = await Promise.all([driver.create(name), driver.create(name)]);
    expect(again.volumeId).toBe(volumeId);
    const targetPath = join(folder, 'pods', name);
    await client.call(node.nodePublishVolume, publishRequest(volumeId, targetPath));
    await writeFile(join(targetPath, 'file'), name);
    expect(await readFile(join(targetPath, 'file'), 'utf8')).toBe(name);
    await client.call(node.nodeUnpublishVolume, { volumeId, targetPath });
    await client.call(controller.deleteVolume, { volumeId, secrets: {} });
  };
  await Promise.all(Array.from({ length: 30 }, (_, i) => one(`pvc-${i}`)));
  expect(await readdir(driver.state)).toEqual(['fake']);
  expect(await readdir(join(driver.state, 'fake'))).toEqual([]);
});

test('a state folder that is a file, or has no place, ends the driver with what to do', async () => {
  await using driver = await TestDriver.start();
  const file = join(driver.folder, 'file');
  await writeFile(file, '');
  for (const statePath of [file, join(driver.folder, 'none/state')])
    await expect(StateFolder.open(statePath)).rejects.toMatchObject({
      code: 'FailedPrecondition',
      field: '-statePath',
      remedy: expect.stringContaining('must be a folder'),
    });
});
