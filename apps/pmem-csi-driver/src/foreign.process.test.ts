import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { SystemProcessRunner } from '@rackwright/host';
import { HostTools, Lvm, type LvmReport } from '@rackwright/storage';
import fc from 'fast-check';
import { mounted, type TestDriver } from './testing/driver.ts';
import { PmemHost } from './testing/pmem-host.ts';

const { ControllerService: controller, NodeService: node } = csi;
const long = process.env.RACKWRIGHT_LONG_TESTS === '1';
const MiB = 2 ** 20;
const staging = '/var/lib/kubelet/staging';

/** A node with memory of others beside what is free: a group, a file system, and volumes in the group that is ours. */
async function sharedHost(): Promise<{ pmem: PmemHost; lvm: Lvm; tools: HostTools }> {
  const bytes = 64 * MiB;
  const namespaces = [
    { bytes, name: 'group' },
    { bytes, name: 'files' },
    { bytes, name: 'pmem-csi' },
  ];
  const pmem = await PmemHost.create([{ bytes: 512 * MiB, namespaces }]);
  const runner = new SystemProcessRunner(systemClock);
  const tools = new HostTools({ runner, root: pmem.host.root, entry: 'tree' });
  const lvm = new Lvm(tools);
  await lvm.createVg({ name: 'theirs', devices: ['/dev/pmem0'], tags: [] });
  await lvm.createSizedLv({ vg: 'theirs', name: 'data', bytes: 8n * BigInt(MiB), tags: ['x'] });
  await tools.expect(['mkfs.ext4', '-q', '-F', '/dev/theirs/data']);
  await tools.expect(['mkfs.ext4', '-q', '-F', '/dev/pmem0.1']);
  await lvm.createVg({ name: 'ndbus0region0fsdax', devices: ['/dev/pmem0.2'], tags: [] });
  const vg = 'ndbus0region0fsdax';
  const other = 'pmem-csi.intel.com/driver=other.driver';
  await lvm.createSizedLv({ vg, name: 'by-hand', bytes: 4n * BigInt(MiB), tags: [] });
  await lvm.createSizedLv({ vg, name: 'other-driver', bytes: 4n * BigInt(MiB), tags: [other] });
  await tools.expect(['mkfs.ext4', '-q', '-F', `/dev/${vg}/by-hand`]);
  await mkdir(pmem.host.root.path(staging), { recursive: true });
  return { pmem, lvm, tools };
}

const foreignDisks = [
  'pmem0',
  'pmem0.1',
  'theirs/data',
  'ndbus0region0fsdax/by-hand',
  'ndbus0region0fsdax/other-driver',
];

/** Everything of others: bytes, namespaces and volumes. */
async function foreign({ host }: PmemHost, lvm: Lvm): Promise<unknown> {
  const disks = await Promise.all(
    foreignDisks.map(async (name) => {
      const path = host.root.path(host.root.dev(name));
      const hash = createHash('sha256');
      await pipeline(createReadStream(path), hash);
      return [name, (await stat(path)).size, hash.digest('hex')];
    }),
  );
  const volumes = ({ lvs }: LvmReport) =>
    lvs
      .filter(({ name }) => ['data', 'by-hand', 'other-driver'].includes(name))
      .map((lv) => ({ ...lv, device: '' }));
  const namespaces = host.hardware.pmem.region('region0').namespaces.slice(0, 3);
  return { disks, volumes: volumes(await lvm.report()), namespaces };
}

/** What somebody may ask a driver for; names are taken from both kinds of volumes. */
const names = ['one', 'two', 'by-hand', 'other-driver', 'data'] as const;
const anyName = fc.constantFrom(...names);
const anyStep = fc.oneof(
  fc.record({ kind: fc.constant('create'), name: anyName, mib: fc.constantFrom(1, 9, 40, 9000) }),
  fc.record({
    kind: fc.constantFrom('delete', 'grow', 'stage', 'unstage', 'restart'),
    name: anyName,
    mib: fc.constant(16),
  }),
);

interface Step {
  readonly kind: string;
  readonly name: string;
  readonly mib: number;
}

async function run(driver: TestDriver, { kind, name, mib }: Step, ids: Map<string, string>): Promise<void> {
  const { client } = driver;
  // Ids are also guessed by the names of what others have.
  const volumeId = ids.get(name) ?? name;
  const range = { requiredBytes: BigInt(mib * MiB), limitBytes: 0n };
  const volumeCapability = mounted('ext4');
  if (kind === 'create') ids.set(name, (await driver.create(name, { capacityRange: range })).volumeId);
  if (kind === 'delete') await client.call(controller.deleteVolume, { volumeId, secrets: {} });
  if (kind === 'grow')
    await client.call(controller.controllerExpandVolume, {
      volumeId,
      capacityRange: range,
      secrets: {},
      volumeCapability,
    });
  const rest = { publishContext: {}, secrets: {}, volumeContext: {} };
  if (kind === 'stage')
    await client.call(node.nodeStageVolume, {
      volumeId,
      stagingTargetPath: staging,
      volumeCapability,
      ...rest,
    });
  if (kind === 'unstage') await client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath: staging });
}

test(
  'whatever is asked of a driver, not a byte of the namespaces, groups and volumes of others changes',
  async () => {
    const steps = fc.array(anyStep, { minLength: 4, maxLength: long ? 20 : 5 });
    let done = 0;
    const property = fc.asyncProperty(
      steps,
      fc.constantFrom('lvm', 'direct'),
      async (asked, deviceManager) => {
        const { pmem, lvm } = await sharedHost();
        await using _ = pmem;
        const before = await foreign(pmem, lvm);
        let driver = await pmem.start({ deviceManager });
        const ids = new Map<string, string>();
        for (const step of [{ kind: 'create', name: 'one', mib: 4 }, ...asked]) {
          if (step.kind === 'restart') {
            await driver.stop();
            driver = await pmem.start({ deviceManager });
          }
          // What is refused is refused; what counts is what became of others.
          done += await run(driver, step, ids).then(
            () => 1,
            () => 0,
          );
        }
        await driver.stop();
        expect(await foreign(pmem, lvm)).toEqual(before);
      },
    );
    await fc.assert(property, { numRuns: long ? 60 : 1, endOnFailure: true });
    // It says something only if the driver did something.
    expect(done).toBeGreaterThan(0);
  },
  long ? 3_600_000 : 300_000,
);
