import { describe, expect, test } from '@jest/globals';
import type { HostReader } from '@rackwright/host';
import { UnreadableError } from '@rackwright/host';
import { hostA, putDisk } from '../../../../libs/hardware-nvme/src/testing/ai100-host.ts';
import { hostK } from '../../../../libs/hardware-pci/src/testing/host-k.ts';
import { hostL, hostL2 } from '../../../../libs/hardware-pmem/src/testing/host-l.ts';
import { MemoryFiles } from '../../../../libs/host/src/testing/memory-files.ts';
import { folder, put, putText, type TreeNode } from '../../../../libs/host/src/testing/tree.ts';
import { readHost } from '../host/snapshot.ts';
import { rules } from '../testing/rules.ts';
import { discover } from './discover.ts';
import type { Labels } from './label-value.ts';
import type { DiscoveryRules } from './rules.ts';

type Folder = TreeNode & { kind: 'folder' };

const nfd = 'feature.node.kubernetes.io';

function found(tree: Folder, change: Partial<DiscoveryRules> = {}) {
  put(tree, '/sys/bus/cpu', folder());
  return discover(readHost(new MemoryFiles(tree)), { ...rules, ...change });
}

function labels(tree: Folder, change?: Partial<DiscoveryRules>): Labels {
  const { parts } = found(tree, change);
  return Object.assign({}, ...Object.values(parts).map((part) => part.labels));
}

describe('host K, with Slingshot NICs', () => {
  const ofNics = {
    'phison.com/cxi.present': 'true',
    'phison.com/cxi.count': '2',
    'phison.com/cxi.vfs': '1',
    'phison.com/cxi.generation': 'mixed',
    [`${nfd}/pci-17db.present`]: 'true',
    [`${nfd}/pci-0200_17db.present`]: 'true',
    [`${nfd}/pci-1590.present`]: 'true',
    [`${nfd}/pci-0200_1590.present`]: 'true',
    [`${nfd}/pci-0200_1590.sriov.capable`]: 'true',
  };

  test('is labelled by them, and not by the NIC of another maker', () => {
    expect(labels(hostK())).toEqual(ofNics);
  });

  test('says that the driver serves them once it does', () => {
    const tree = hostK();
    put(tree, '/sys/class/cxi/cxi0', folder());
    expect(labels(tree)).toEqual({ ...ofNics, 'phison.com/cxi.driver-ready': 'true' });
  });

  test('has a label for each device id if that is asked for', () => {
    expect(Object.keys(labels(hostK(), { pciDeviceLabels: true }))).toEqual(
      expect.arrayContaining([`${nfd}/pci-0200_1590_0371.present`, `${nfd}/pci-0200_1590_0372.present`]),
    );
  });

  test('has labels of the vendors asked for only', () => {
    const found = Object.keys(labels(hostK(), { pciVendors: ['14e4'] })).filter((key) => key.startsWith(nfd));
    expect(found).toEqual([`${nfd}/pci-14e4.present`, `${nfd}/pci-0200_14e4.present`]);
  });
});

describe('host L, with persistent memory', () => {
  test('is labelled by its regions and modes', () => {
    expect(labels(hostL())).toEqual({
      [`${nfd}/memory-nv.present`]: 'true',
      [`${nfd}/memory-nv.dax`]: 'true',
      'phison.com/pmem.regions': '1',
      'phison.com/pmem.capacity-gb': '270',
      'phison.com/pmem.available-gb': '0',
      'phison.com/pmem.modes': 'fsdax',
    });
  });

  test('has no labels about regions when all are volatile (L2)', () => {
    expect(labels(hostL2())).toEqual({ [`${nfd}/memory-nv.present`]: 'true' });
  });
});

describe('host A, with two AI100 disks', () => {
  const ofDisks = {
    'phison.com/ai100-present': 'true',
    'phison.com/ai100.count': '2',
    'phison.com/ai100.capacity-gb': '4000',
    'phison.com/ai100.model': 'PASCARI-AI100E',
    'phison.com/ai100.firmware': 'EIFZ00.1',
    'phison.com/ai100.firmware-compliant': 'true',
    'phison.com/ai100.numa': '0',
    [`${nfd}/storage-nonrotationaldisk`]: 'true',
  };

  test('is labelled by them', () => {
    expect(labels(hostA())).toEqual(ofDisks);
  });

  test('lists them in an annotation', () => {
    expect(JSON.parse(found(hostA()).ai100Devices ?? '')).toEqual([
      { serial: 'AI1E2T0240000001', firmware: 'EIFZ00.1', sizeBytes: '2000398934016' },
      { serial: 'AI1E2T0240000002', firmware: 'EIFZ00.1', sizeBytes: '2000398934016' },
    ]);
  });

  test('says so when the firmware of one is another (C)', () => {
    const tree = hostA();
    putDisk(tree, { number: 2, attributes: { firmware_rev: 'EIFM31.6' }, sectors: '3907029168' });
    expect(labels(tree)).toEqual({
      ...ofDisks,
      'phison.com/ai100.firmware': 'mixed',
      'phison.com/ai100.firmware-compliant': 'false',
    });
  });

  test('says nothing of compliance when the firmware is not looked at', () => {
    const { firmware: _, ...without } = rules;
    const found = discover(readHost(new MemoryFiles(hostA())), without).parts.ai100.labels;
    expect(found).not.toHaveProperty(['phison.com/ai100.firmware-compliant']);
  });

  test('keeps the label of a disk that is dead (D)', () => {
    const tree = folder();
    putDisk(tree, { number: 1, sectors: '3907029168' });
    putDisk(tree, { number: 2, attributes: { state: 'dead' } });
    expect(labels(tree)).toMatchObject({
      'phison.com/ai100.count': '2',
      'phison.com/ai100.capacity-gb': '2000',
    });
  });

  test('is not labelled for a consumer disk with the same controller (B)', () => {
    const tree = folder();
    putDisk(tree, { number: 1, attributes: { model: 'Sabrent Rocket 4.0 1TB' }, sectors: '1953525168' });
    expect(labels(tree)).toEqual({ [`${nfd}/storage-nonrotationaldisk`]: 'true' });
  });

  test('has an annotation of at most 1 KiB however many disks there are', () => {
    const tree = folder();
    for (let number = 0; number < 10; number++) {
      const serial = `S${number}`.padEnd(20, '9');
      putDisk(tree, { number, attributes: { serial }, sectors: '3907029168' });
    }
    for (let number = 10; number < 40; number++) putDisk(tree, { number, sectors: '3907029168' });
    const text = found(tree).ai100Devices ?? '';
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024);
    expect(JSON.parse(text).length).toBeGreaterThan(10);
  });
});

test('a host without such hardware has no labels', () => {
  const tree = folder();
  putText(tree, '/sys/block/sda/queue/rotational', '1\n');
  expect(labels(tree)).toEqual({});
});

describe('what cannot be read', () => {
  test('is told for its source alone', () => {
    const tree = hostA();
    put(tree, '/sys/bus/cpu', folder());
    const files = failing(new MemoryFiles(tree), /nvme1\/serial$/);
    const { parts } = discover(readHost(files), rules);
    expect(parts.ai100.unread).toEqual([{ path: '/sys/class/nvme/nvme1/serial', code: 'EIO' }]);
    expect([parts.pci, parts.cxi, parts.pmem, parts.storage].flatMap(({ unread }) => unread)).toEqual([]);
  });

  test('is everything when there is no sysfs', () => {
    const { parts } = discover(readHost(new MemoryFiles(folder())), rules);
    for (const { unread } of Object.values(parts))
      expect(unread).toEqual([{ path: '/sys/bus', code: 'ENOENT' }]);
  });
});

/** The same files, of which some give EIO. */
function failing(files: MemoryFiles, which: RegExp): HostReader {
  return Object.assign(Object.create(files), {
    root: files.root,
    readTrimmed(path: string) {
      if (!which.test(path)) return files.readTrimmed(path);
      throw new UnreadableError(path, Object.assign(new Error('EIO'), { code: 'EIO' }));
    },
    list: (path: string) => files.list(path),
    readLink: (path: string) => files.readLink(path),
    exists: (path: string) => files.exists(path),
    batch: <T>(look: () => T): T => look(),
  });
}
