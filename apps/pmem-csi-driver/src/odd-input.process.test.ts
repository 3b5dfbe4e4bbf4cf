import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { isHwError } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import fc from 'fast-check';
import { createRequest, TestDriver } from './testing/driver.ts';
import { volumeIdOf } from './volumes/volume-id.ts';

const { ControllerService: controller, IdentityService: identity, NodeService: node } = csi;
const numRuns = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 5000 : 150;
const MiB = 2n ** 20n;

/** What is wrong with a request is its own fault, or that of a volume; never one of the driver. */
const refusals = new Set([
  ...['InvalidArgument', 'NotFound', 'AlreadyExists', 'FailedPrecondition', 'OutOfRange'],
  ...['ResourceExhausted', 'Conflict'],
]);

const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 140 }),
  fc.string({ minLength: 1, maxLength: 8 }),
  fc.constantFrom(
    '',
    '.',
    '..',
    '../../x',
    '-rf',
    '/',
    'a/b',
    '\0',
    '\n',
    '$(reboot)',
    'é'.repeat(64),
    'n'.repeat(128),
  ),
);
const size = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(-1n, 0n, 1n, 4095n, MiB + 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
);
const table = fc.dictionary(
  fc.oneof(
    fc.constantFrom('eraseafter', 'usage', 'kataContainers', 'persistencyModel', 'size', '__proto__'),
    fc.string(),
  ),
  fc.oneof(fc.constantFrom('true', 'FileIO', 'AppDirect', 'normal', '12Mi', ''), fc.string()),
  { maxKeys: 3 },
);
const fsType = fc.oneof(fc.constantFrom('', 'ext4', 'xfs', 'EXT4', '../ext4'), fc.string());
const mountFlags = fc.array(fc.string(), { maxLength: 2 });
/** Also numbers that stand for no mode. */
const mode = fc
  .oneof(fc.integer({ min: 0, max: 7 }), fc.integer())
  .map((value) => value as csi.VolumeCapability_AccessMode_Mode);
const capability: fc.Arbitrary<csi.VolumeCapability> = fc.record({
  accessType: fc.oneof(
    fc.constant(undefined),
    fc.constant({ $case: 'block' as const, block: {} }),
    fc.record({
      $case: fc.constant('mount' as const),
      mount: fc.record({ fsType, mountFlags, volumeMountGroup: fc.string() }),
    }),
  ),
  accessMode: fc.option(fc.record({ mode }), { nil: undefined }),
});
const creation: fc.Arbitrary<csi.CreateVolumeRequest> = fc.record({
  name,
  capacityRange: fc.option(fc.record({ requiredBytes: size, limitBytes: size }), { nil: undefined }),
  volumeCapabilities: fc.array(capability, { maxLength: 2 }),
  parameters: table,
  secrets: table,
  volumeContentSource: fc.constant(undefined),
  accessibilityRequirements: fc.option(
    fc.record({
      requisite: fc.array(fc.record({ segments: table }), { maxLength: 2 }),
      preferred: fc.constant([]),
    }),
    { nil: undefined },
  ),
  mutableParameters: fc.oneof({ weight: 9, arbitrary: fc.constant({}) }, table),
});

/** What a call came to: its answer, or a refusal with one of the codes that are the caller's. */
async function outcome<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    expect(error).toMatchObject({ message: expect.stringContaining('node-1: ') });
    if (!isHwError(error) || !refusals.has(error.code)) throw error;
    return undefined;
  }
}

test('whatever a volume is asked for with, it is made as asked or refused for a reason, and deleted again', async () => {
  await using driver = await TestDriver.start();
  const { client } = driver;
  const made = async (request: csi.CreateVolumeRequest): Promise<void> => {
    const answer = await outcome(client.call(controller.createVolume, request));
    if (answer === undefined) return;
    const { volumeId = '', capacityBytes = 0n } = answer.volume ?? {};
    expect(volumeId).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/);
    const { requiredBytes, limitBytes } = request.capacityRange ?? { requiredBytes: 0n, limitBytes: 0n };
    expect(capacityBytes >= requiredBytes && (limitBytes === 0n || capacityBytes <= limitBytes)).toBe(true);
    // The same again is the same volume.
    expect((await client.call(controller.createVolume, request)).volume?.volumeId).toBe(volumeId);
    await client.call(controller.deleteVolume, { volumeId, secrets: {} });
  };
  await fc.assert(fc.asyncProperty(creation, made), { numRuns });
  expect(await readdir(driver.state)).toEqual(['fake']);
  expect(await readdir(join(driver.state, 'fake'))).toEqual([]);
}, 600_000);

test('names of 1 to 128 bytes of any characters make volumes of their own', async () => {
  await using driver = await TestDriver.start();
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 128 });
  const fitting = text.filter((one) => one.isWellFormed() && Buffer.byteLength(one) <= 128);
  const made = async (one: string, other: string): Promise<void> => {
    const ids = await Promise.all([one, other].map(async (each) => (await driver.create(each)).volumeId));
    expect(ids).toEqual([one, other].map(volumeIdOf));
    expect(new Set(ids).size).toBe(one === other ? 1 : 2);
    for (const volumeId of ids) await driver.client.call(controller.deleteVolume, { volumeId, secrets: {} });
  };
  await fc.assert(fc.asyncProperty(fitting, fitting, made), { numRuns: numRuns / 3 });
  expect(await readdir(join(driver.state, 'fake'))).toEqual([]);
}, 600_000);

test('whatever the kubelet asks of a volume is done or refused, and touches nothing beside its target', async () => {
  await using driver = await TestDriver.start();
  const { client, folder } = driver;
  const { volumeId: known } = await driver.create('data');
  await mkdir(join(folder, 'theirs/inner'), { recursive: true });
  const pods = join(folder, 'pods');
  const id = fc.oneof(fc.constant(known), name);
  // Nothing leads out of the test's folder but what must be refused.
  const path = fc.oneof(
    fc.constantFrom('', 'relative', `${pods}/../theirs`, `${pods}/\0`, `${pods}/a\nb`, `${folder}/theirs`),
    fc.stringMatching(/^[a-z]{1,3}$/).map((last) => join(pods, last)),
  );
  const rest = { publishContext: fc.constant({}), secrets: table, volumeContext: table };
  const how = { volumeCapability: fc.option(capability, { nil: undefined }), ...rest };
  const range = fc.option(fc.record({ requiredBytes: size, limitBytes: size }), { nil: undefined });
  const call = fc.oneof<fc.Arbitrary<() => Promise<unknown>>[]>(
    fc
      .record({ volumeId: id, stagingTargetPath: path, ...how })
      .map((q) => () => client.call(node.nodeStageVolume, q)),
    fc
      .record({ volumeId: id, stagingTargetPath: path, targetPath: path, readonly: fc.boolean(), ...how })
      .map((q) => () => client.call(node.nodePublishVolume, q)),
    fc.record({ volumeId: id, targetPath: path }).map((q) => () => client.call(node.nodeUnpublishVolume, q)),
    fc
      .record({ volumeId: id, stagingTargetPath: path })
      .map((q) => () => client.call(node.nodeUnstageVolume, q)),
    fc
      .record({ volumeId: id, volumePath: path, stagingTargetPath: path })
      .map((q) => () => client.call(node.nodeGetVolumeStats, q)),
    fc
      .record({ volumeId: id, capacityRange: range, secrets: table, volumeCapability: how.volumeCapability })
      .map((q) => () => client.call(controller.controllerExpandVolume, q)),
  );
  await fc.assert(
    fc.asyncProperty(call, async (make) => void (await outcome(make()))),
    { numRuns: numRuns * 2 },
  );
  expect(await readdir(join(folder, 'theirs'))).toEqual(['inner']);
}, 600_000);

test.each(['\0', '../../theirs', '..', 'a/b'])(
  'what can be no id, %j, is no volume that a pod still has, and no path',
  async (volumeId) => {
    await using driver = await TestDriver.start();
    const targetPath = join(driver.folder, 'pods/one');
    const list = join(driver.folder, 'theirs/targets');
    await mkdir(dirname(list), { recursive: true });
    await writeFile(list, `${targetPath}\n`);
    expect(await driver.client.call(node.nodeUnpublishVolume, { volumeId, targetPath })).toEqual({});
    expect(await readFile(list, 'utf8')).toBe(`${targetPath}\n`);
  },
);

test('bytes that are no request, and values of the wrong type, are refused, and the next call is answered', async () => {
  await using driver = await TestDriver.start();
  const { client } = driver;
  const methods = [
    controller.createVolume,
    controller.listVolumes,
    node.nodePublishVolume,
    identity.probe,
  ] as const;
  // Field 1, the name or the id, as a number, a table in a table, and cut off.
  const wrong = ['0801', '0a0408011001', '0aff', '0a05616263', '12ffffffffffffffffff01', 'ff'];
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array)),
    fc.constantFrom(...wrong).map((hex) => Buffer.from(hex, 'hex')),
  );
  const refused = async (sent: Buffer, i: number): Promise<void> => {
    const method = { ...methods[i], requestSerialize: () => sent } as typeof controller.listVolumes;
    await client.call(method, { maxEntries: 0, startingToken: '' }).catch((error: unknown) => {
      expect([...refusals, 'Internal']).toContain((error as { code: string }).code);
    });
    expect((await client.call(identity.probe, {})).ready).toBe(true);
  };
  await fc.assert(fc.asyncProperty(bytes, fc.nat(methods.length - 1), refused), { numRuns });
  const large = { ...createRequest('data'), parameters: { eraseafter: 'x'.repeat(64 * 1024 * 1024) } };
  await expect(client.call(controller.createVolume, large)).rejects.toMatchObject({
    code: 'ResourceExhausted',
  });
  expect(await readdir(join(driver.state, 'fake'))).toEqual([]);
}, 600_000);
