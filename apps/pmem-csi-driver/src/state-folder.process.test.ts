import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { SystemProcessRunner } from '@rackwright/host';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { publishRequest, TestDriver } from './testing/driver.ts';
import { canMountLoops } from './testing/loop-host.ts';
import { PmemHost } from './testing/pmem-host.ts';

const { ControllerService: controller, NodeService: node } = csi;
const MiB = 2n ** 20n;
const runner = new SystemProcessRunner(systemClock);
const ifRoot = (await canMountLoops()) ? describe : describe.skip;

/** A small file system of its own, which can be full and read-only. */
class SmallFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async mount(): Promise<SmallFolder> {
    const path = await mkdtemp(join(tmpdir(), 'pmem-state-'));
    await must(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path]);
    return new SmallFolder(path);
  }

  get #filler(): string {
    return join(this.path, 'filler');
  }

  /** Leaves so many pages of 4 KiB. */
  async fill(pages = 0): Promise<void> {
    await writeFile(this.#filler, Buffer.alloc(512 * 1024)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOSPC') throw error;
    });
    const { length } = await readFile(this.#filler);
    await truncate(this.#filler, length - (length % 4096) - pages * 4096);
  }

  async empty(): Promise<void> {
    await rm(this.#filler);
  }

  async access(how: 'ro' | 'rw'): Promise<void> {
    await must(['mount', '-o', `remount,${how}`, this.path]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await must(['umount', '--lazy', this.path]);
    await rm(this.path, { recursive: true });
  }
}

async function must(words: readonly [string, ...string[]]): Promise<void> {
  const { code, stderr } = await runner.run(words);
  if (code !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
}

const size = (mebibytes: bigint) => ({ requiredBytes: mebibytes * MiB, limitBytes: 0n });

/** The calls of a volume's life that change something, in their order. */
function callsOn(
  driver: TestDriver,
  folder: string,
): readonly [name: string, call: () => Promise<unknown>][] {
  const { client } = driver;
  const volume = () => driver.create('data', { capacityRange: size(8n) });
  const targetPath = join(folder, 'pods/target');
  const volumeId = async () => (await volume()).volumeId;
  const rest = { publishContext: {}, secrets: {}, volumeContext: {} };
  return [
    ['create', volume],
    [
      'stage',
      async () => {
        const { volumeCapability } = publishRequest('', '');
        const request = { volumeId: await volumeId(), stagingTargetPath: folder, volumeCapability, ...rest };
        return client.call(node.nodeStageVolume, request);
      },
    ],
    [
      'publish',
      async () => client.call(node.nodePublishVolume, publishRequest(await volumeId(), targetPath)),
    ],
  ];
}

ifRoot('a state folder (needs root)', () => {
  test.each([
    ['full', 'ResourceExhausted', 'make room on its file system'],
    ['read-only', 'Internal', 'mount its file system with write access'],
  ] as const)(
    'that is %s refuses every call with its path and what to do, and the same call succeeds once it is not',
    async (state, code, remedy) => {
      await using small = await SmallFolder.mount();
      const statePath = join(small.path, 'state');
      const spoil = () => (state === 'full' ? small.fill() : small.access('ro'));
      const mend = () => (state === 'full' ? small.empty() : small.access('rw'));
      await using driver = await TestDriver.start(undefined, { statePath });
      const { client, folder } = driver;
      for (const [name, call] of callsOn(driver, folder)) {
        await spoil();
        const failure = await call().catch((error: unknown) => error);
        expect([name, failure]).toEqual([name, expect.objectContaining({ code })]);
        expect(String(failure)).toContain(statePath);
        expect(String(failure)).toContain(remedy);
        await mend();
        await call();
      }
      const { entries } = await client.call(controller.listVolumes, { maxEntries: 0, startingToken: '' });
      const volumeId = entries[0]?.volume?.volumeId ?? '';
      const grow = { volumeId, capacityRange: size(16n), secrets: {}, volumeCapability: undefined };
      await spoil();
      await expect(client.call(controller.controllerExpandVolume, grow)).rejects.toMatchObject({ code });
      await mend();
      expect(await client.call(controller.controllerExpandVolume, grow)).toMatchObject({
        capacityBytes: 16n * MiB,
      });
      await client.call(node.nodeUnpublishVolume, { volumeId, targetPath: join(folder, 'pods/target') });
      await spoil();
      const deleted = client.call(controller.deleteVolume, { volumeId, secrets: {} });
      // What makes room needs none.
      if (state === 'full') await deleted;
      else await expect(deleted).rejects.toMatchObject({ code });
      await mend();
      await client.call(controller.deleteVolume, { volumeId, secrets: {} });
      expect(await readdir(statePath)).toEqual(['fake']);
      expect(await readdir(join(statePath, 'fake'))).toEqual([]);
    },
    120_000,
  );

  test('that is full when a logical volume has just been made loses nothing of it', async () => {
    await using small = await SmallFolder.mount();
    await using pmem = await PmemHost.create([{ bytes: 128 * Number(MiB) }]);
    const statePath = join(small.path, 'state');
    await using driver = await pmem.start({ statePath });
    // The first of two writes has room, and the second none.
    await small.fill(1);
    const wish = { capacityRange: size(8n) };
    await expect(driver.create('data', wish)).rejects.toMatchObject({ code: 'ResourceExhausted' });
    expect(await readdir(statePath)).toHaveLength(1);
    await small.empty();
    const { volumeId } = await driver.create('data', wish);
    await driver.client.call(controller.deleteVolume, { volumeId, secrets: {} });
    const isGone = async () => (await readdir(statePath)).length === 0;
    await waitUntil('the volume to go', isGone, { clock: systemClock, deadlineMs: 60_000 });
    const asked = { volumeCapabilities: [], parameters: {}, accessibleTopology: undefined };
    expect(await driver.client.call(controller.getCapacity, asked)).toMatchObject({
      availableCapacity: (await driver.client.call(controller.getCapacity, asked)).maximumVolumeSize,
    });
  }, 120_000);

  test('that is read-only, with leftovers of a crash, does not keep a driver from serving its volumes', async () => {
    await using small = await SmallFolder.mount();
    const statePath = join(small.path, 'state');
    const first = await TestDriver.start(undefined, { statePath });
    const [kept, torn, lost] = await Promise.all(['kept', 'torn', 'lost'].map((name) => first.create(name)));
    await first.stop();
    await writeFile(join(statePath, `${torn?.volumeId}.json`), '{"id":');
    await writeFile(join(statePath, '.x.json.1.1.tmp'), 'half');
    await rm(join(statePath, 'fake', lost?.volumeId ?? ''), { recursive: true });
    await small.access('ro');
    await using second = await TestDriver.start(first.folder, { statePath });
    const { client } = second;
    const { entries } = await client.call(controller.listVolumes, { maxEntries: 0, startingToken: '' });
    expect(
      entries.map(({ volume, status }) => [volume?.volumeId, status?.volumeCondition?.abnormal]),
    ).toEqual([
      [kept?.volumeId, false],
      [lost?.volumeId, true],
      [torn?.volumeId, false],
    ]);
    await small.access('rw');
    expect((await second.create('lost')).volumeId).toBe(lost?.volumeId);
  }, 120_000);
});

test('garbage in a state folder is left as it is, and in nobody’s way', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pmem-garbage-'));
  const state = join(folder, 'state');
  await mkdir(join(state, 'folder.json'), { recursive: true });
  await mkdir(join(state, 'folder.json.tmp'));
  await writeFile(join(state, 'noise.json'), Buffer.from([0, 255, 254, 10, 123]));
  await writeFile(join(state, 'large.json'), Buffer.alloc(1024 * 1024, '['));
  await writeFile(join(state, 'read me'), 'text');
  await symlink('loop.json', join(state, 'loop.json'));
  await symlink('/proc/self/mem', join(state, 'device.json'));
  expect((await runner.run(['mkfifo', join(state, 'pipe.json')])).code).toBe(0);
  const before = (await readdir(state)).sort();
  await using driver = await TestDriver.start(folder);
  const { entries } = await driver.client.call(controller.listVolumes, { maxEntries: 0, startingToken: '' });
  expect(entries).toEqual([]);
  const { volumeId } = await driver.create('data');
  await driver.client.call(controller.deleteVolume, { volumeId, secrets: {} });
  expect((await readdir(state)).filter((name) => name !== 'fake').sort()).toEqual(before);
}, 120_000);
