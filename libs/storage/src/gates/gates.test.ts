import { expect, test } from '@jest/globals';
import { closedGate, type DiskObservation, type DiskPermission } from './gates.ts';

const blank: DiskObservation = {
  path: '/dev/nvme1n1',
  expectedSerial: 'S1',
  opened: { isBlockDevice: true, serial: 'S1' },
  partitions: [],
  holders: [],
  uses: [],
  probe: { found: { kind: 'nothing' } },
  signatures: { found: [] },
  content: { found: undefined },
  lvm: { found: { pvs: [], vgs: [] } },
};
const permission: DiskPermission = {
  create: true,
  maintenance: false,
  allowInit: [],
  systemId: 'node1',
  ownGroups: ['vg_aidaptiv'],
};
const { opened: _, ...unopened } = blank;
const pv = {
  name: '/dev/nvme1n1',
  uuid: 'u',
  vg: '',
  sizeBytes: 1n,
  freeBytes: 1n,
  missing: false,
  duplicate: false,
};
const vg = {
  name: 'data',
  uuid: 'v',
  systemId: '',
  tags: [],
  sizeBytes: 1n,
  freeBytes: 1n,
  extentBytes: 1n,
  missingPvs: 0,
  exported: false,
};

function verdict(
  changes: Partial<DiskObservation>,
  allowed: Partial<DiskPermission> = {},
  base = blank,
): string {
  const closed = closedGate({ ...base, ...changes }, { ...permission, ...allowed });
  return closed === undefined ? 'open' : `${closed.gate} ${closed.name}: ${closed.detail}`;
}

test('a blank disk may be written to', () => {
  expect(verdict({})).toBe('open');
});

test.each<[string, Partial<DiskObservation>, string]>([
  [
    'another disk has its name',
    { opened: { isBlockDevice: true, serial: 'S2' } },
    '1 WrongDisk: /dev/nvme1n1 has the serial S2, not S1',
  ],
  [
    'it is a file',
    { opened: { isBlockDevice: false, serial: 'S1' } },
    '1 WrongDisk: /dev/nvme1n1 is no block device',
  ],
  ['partitions', { partitions: ['nvme1n1p1'] }, '2 InUse: /dev/nvme1n1 has partitions: nvme1n1p1'],
  ['holders', { holders: ['dm-0'] }, '2 InUse: /dev/nvme1n1 is held by dm-0'],
  ['the root is on it', { uses: ['mounted at /'] }, '2 InUse: /dev/nvme1n1 is mounted at /'],
  [
    'a signature',
    { probe: { found: { kind: 'found', type: 'LVM2_member' } } },
    '4 SignatureFound: /dev/nvme1n1 has a signature: LVM2_member',
  ],
  [
    'contradicting ones',
    { probe: { found: { kind: 'ambivalent' } } },
    '4 SignatureFound: /dev/nvme1n1 has several signatures that contradict each other',
  ],
  [
    'a probe that failed',
    { probe: { failure: 'blkid exited with 4' } },
    '4 SignatureFound: blkid exited with 4',
  ],
  [
    'a table without partitions',
    {
      signatures: {
        found: [
          { type: 'gpt', offset: '0x200' },
          { type: 'PMBR', offset: '0x1fe' },
        ],
      },
    },
    '5 SignatureListed: /dev/nvme1n1 has signatures: gpt, PMBR',
  ],
  [
    'raw data',
    { content: { found: 4194304n } },
    '6 ContentFound: /dev/nvme1n1 holds data at 4194304; clear it, or name its serial in phison.com/ai100-allow-init',
  ],
  [
    'LVM knows it',
    { lvm: { found: { pvs: [{ ...pv, vg: 'data' }], vgs: [vg] } } },
    '7 KnownToLvm: LVM knows /dev/nvme1n1 as part of data',
  ],
  [
    'LVM knows it twice',
    { lvm: { found: { pvs: [{ ...pv, duplicate: true }], vgs: [] } } },
    '7 KnownToLvm: LVM knows /dev/nvme1n1 twice',
  ],
  [
    'it is of another machine',
    {
      lvm: {
        found: {
          pvs: [{ ...pv, vg: 'vg_aidaptiv' }],
          vgs: [{ ...vg, name: 'vg_aidaptiv', systemId: 'node2' }],
        },
      },
    },
    '7 KnownToLvm: LVM knows /dev/nvme1n1 as part of vg_aidaptiv of machine node2',
  ],
])('closed: %s', (_name, changes, expected) => {
  expect(verdict(changes)).toBe(expected);
});

test('a disk that cannot be opened is refused, by the gate that says most', () => {
  const inUse = { openFailure: { inUse: true, message: '/dev/nvme1n1 is in use' } };
  expect(verdict(inUse, {}, unopened)).toBe('3 NotExclusive: /dev/nvme1n1 is in use');
  const gone = { openFailure: { inUse: false, message: '/dev/nvme1n1 is missing' } };
  expect(verdict(gone, {}, unopened)).toBe('1 WrongDisk: /dev/nvme1n1 is missing');
  expect(verdict({}, {}, unopened)).toBe('1 WrongDisk: /dev/nvme1n1 was not opened');
});

test('an administrator opens gate 6 by serial number, and no other', () => {
  const content = { content: { found: 0n } };
  expect(verdict(content, { allowInit: ['S1'] })).toBe('open');
  expect(verdict(content, { allowInit: ['S2'] })).toMatch(/^6 /);
  const all = { ...content, probe: { found: { kind: 'ambivalent' } } } as const;
  expect(verdict(all, { allowInit: ['S1'] })).toMatch(/^4 /);
});

test('maintenance and create false close the last gate', () => {
  expect(verdict({}, { maintenance: true })).toBe(
    '8 NotPermitted: the node has the annotation phison.com/ai100-maintenance',
  );
  expect(verdict({}, { create: false })).toBe(
    '8 NotPermitted: making caches is not permitted (spec.cache.create)',
  );
});
