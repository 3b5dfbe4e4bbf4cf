import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import type { NvmeSpec } from '@rackwright/simulator';
import { makeFileSystem, mount } from '@rackwright/storage';
import { CacheHost } from './testing/cache-host.ts';

jest.setTimeout(180_000);

const uuid = '11111111-2222-3333-4444-555555555555';
const system: NvmeSpec = {
  ...{ serial: 'OS', model: 'SAMSUNG MZVL2512', vendor: 0x144d, firmware: 'GXA7301Q' },
  namespaces: [{ sectors: 1_000_215_216, partitions: [1_048_576, 900_000_000] }],
};
const consumer: NvmeSpec = { serial: 'B', model: 'Sabrent Rocket 4.0 1TB', firmware: 'EGFM11.3' };

/** What is on a drive of the specification's fixtures (§4), and what the plugin says of it. */
interface Fixture {
  readonly drive: NvmeSpec;
  readonly is: string;
  /** @param disk such as /dev/nvme1n1 */
  readonly prepare?: (node: CacheHost, disk: string) => unknown;
  readonly says: RegExp;
}

/** In the order of their serial numbers. */
const refused: readonly Fixture[] = [
  {
    ...{ drive: consumer, is: 'a consumer drive of Phison, in use' },
    prepare: (node, disk) => mounted(node, disk, '/mnt/theirs'),
    says: /^gate 2 InUse: \/dev\/nvme0n1 is mounted at \/mnt\/theirs$/,
  },
  {
    ...{ drive: { serial: 'G' }, is: 'a member of the volume group data' },
    prepare: (node, disk) => member(node, disk, 'data'),
    says: /^gate 4 SignatureFound: .* LVM2_member$/,
  },
  {
    ...{ drive: { serial: 'G1' }, is: 'a member of a group of others that is active' },
    prepare: async (node, disk) => {
      await member(node, disk, 'active');
      await node.lvm.createLv({ vg: 'active', name: 'lv', stripes: 1, stripeKiB: 128, tags: [] });
    },
    says: /^gate 2 InUse: \/dev\/nvme2n1 is held by dm-\d+$/,
  },
  {
    ...{ drive: { serial: 'G2' }, is: 'a GUID partition table without partitions' },
    prepare: (node, disk) => {
      put(node, disk, 450, [0xee]);
      put(node, disk, 510, [0x55, 0xaa]);
      put(node, disk, 512, text('EFI PART'));
    },
    says: /^gate 4 SignatureFound: .* gpt$/,
  },
  {
    ...{ drive: { serial: 'G3' }, is: 'signatures that contradict each other: blkid ends with 8' },
    prepare: async (node, disk) => {
      await makeFileSystem(node.tools, { device: disk, type: 'ext4', uuid });
      put(node, disk, 0, text('LUKS\xba\xbe'));
    },
    says: /^gate 4 SignatureFound: .* several signatures that contradict each other$/,
  },
  {
    ...{ drive: { serial: 'G4' }, is: 'bytes of nothing that blkid knows: it ends with 2' },
    prepare: (node, disk) => put(node, disk, 300 * 4096, text('somebody wrote this')),
    says: /^gate 6 ContentFound: .* holds data at 1048576;/,
  },
  {
    ...{ drive: { serial: 'G5' }, is: 'no device node: blkid ends with 2' },
    prepare: ({ host }, disk) => rmSync(host.root.path(disk)),
    says: /^gate 1 WrongDisk: \/dev\/nvme6n1 is missing/,
  },
  {
    ...{ drive: system, is: 'the disk the host runs from' },
    prepare: (node, disk) => mounted(node, `${disk}p2`, '/mnt/root'),
    says: /^gate 2 InUse: \/dev\/nvme7n1 has partitions: (nvme7n1p[12](, |$)){2}/,
  },
];

const text = (of: string): Uint8Array => Buffer.from(of, 'latin1');

/** Puts bytes on a disk of the host. */
function put({ host }: CacheHost, disk: string, offset: number, bytes: ArrayLike<number>): void {
  const file = openSync(host.root.path(disk), 'r+');
  writeSync(file, Uint8Array.from(bytes), 0, undefined, offset);
  closeSync(file);
}

async function member({ lvm }: CacheHost, disk: string, group: string): Promise<void> {
  const number = disk.at(-3);
  await lvm.createPv({ device: disk, uuid: `abcdef-0123-4567-89ab-cdef-0123-45678${number}` });
  await lvm.createVg({ name: group, devices: [disk], tags: [] });
}

async function mounted({ tools }: CacheHost, source: string, target: string): Promise<void> {
  await makeFileSystem(tools, { device: source, type: 'ext4', uuid });
  mkdirSync(tools.root.path(target), { recursive: true });
  await mount(tools, { source, target, type: 'ext4', options: [] });
}

test('whatever the drives of a node hold, each is refused by the number of its gate, and no disk is changed', async () => {
  const node = await CacheHost.make({ nvme: refused.map(({ drive }) => drive) });
  // As with -skip_firmware_check: any NVMe drive is a candidate.
  node.match = 'AnyNvme';
  for (const [i, { prepare }] of refused.entries()) await prepare?.(node, `/dev/nvme${i}n1`);
  const [before, changes] = [node.digests(), node.changes()];
  expect(before).toHaveLength(refused.length - 1);
  const { state, blockers } = await node.reconcile();
  expect(state).toBe('Blocked');
  const said = blockers.map(({ serial, gate, name, detail }) => [serial, `gate ${gate} ${name}: ${detail}`]);
  expect(said).toEqual(refused.map(({ drive, says }) => [drive.serial, expect.stringMatching(says)]));
  const table = refused.map(({ is }, i) => `${said[i]?.join(': ')} (${is})`);
  process.stdout.write(`${table.join('\n')}\n`);
  await node.reconcile({
    allowInit: blockers.flatMap(({ serial, gate }) => (gate === 6 ? [] : (serial ?? []))),
  });
  expect(node.digests()).toEqual(before);
  expect(node.changes()).toEqual(changes);
});

test('drives that are no candidates are left alone, and of those of 1 and 2 TB a cache is made', async () => {
  const small = { serial: 'A2', namespaces: [{ sectors: 1_953_525_168 }] };
  const others: readonly NvmeSpec[] = [
    system,
    consumer,
    { serial: 'C', firmware: 'EIFM31.6' },
    { serial: 'H2', transport: 'tcp' },
    { serial: 'N', namespaces: [] },
  ];
  const node = await CacheHost.make({ nvme: [{ serial: 'A1' }, small, ...others] });
  expect(node.drives().flatMap(({ reason }) => reason ?? [])).toEqual([
    ...['NotAi100', 'NotAi100', 'FirmwareMismatch', 'NotPcie', 'NoNamespace'],
  ]);
  const before = node.digests().slice(2);
  const extents = (1_953_525_168n * 512n - 2n ** 20n) / 2n ** 22n;
  expect(await node.reconcile()).toMatchObject({
    state: 'Ready',
    volumes: [{ members: ['A1', 'A2'], stripes: 2, sizeBytes: 2n * extents * 2n ** 22n }],
  });
  expect(node.digests().slice(2)).toEqual(before);
});
