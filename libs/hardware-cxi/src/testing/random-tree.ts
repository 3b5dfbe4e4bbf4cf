import fc from 'fast-check';
import { folder, put, type TreeNode } from '../../../host/src/testing/tree.ts';
import { cassini1, cassini2, pciFolder, putNic } from './nic.ts';

/** Where hostile nodes are put: every place discovery looks at, and folders above them. */
const places: readonly string[] = [
  '/sys',
  '/sys/class',
  '/sys/class/cxi',
  '/sys/class/cxi/cxi0',
  '/sys/class/cxi/cxi1',
  '/sys/class/cxi/cxi10',
  '/sys/class/cxi/cxi007',
  '/sys/class/cxi/cxi999999',
  '/sys/class/cxi/__proto__',
  '/sys/class/cxi/cxi0x1',
  '/sys/class/cxi_user/cxi0',
  '/sys/class/cxi/cxi1/device',
  '/dev',
  '/dev/cxi0',
  '/dev/cxi1',
  ...['', '/properties', '/port', '/port/0', '/net', '/net/hsn3', '/link_restarts', '/fru', '/uc'].flatMap(
    (part) => ['0000:21:00.0', '0000:22:00.0'].map((pci) => pciFolder(pci) + part),
  ),
  ...Object.keys({ ...cassini1, ...cassini2, physfn: '', resource: '', resource0: '', cxi: '' }).map(
    (file) => `${pciFolder('0000:21:00.0')}/${file}`,
  ),
];

const texts: readonly string[] = [
  '',
  '\n',
  '\0\0\0',
  '0',
  '1',
  '-1',
  '0x',
  '0xffffffff',
  '0xfffff',
  '0x100000',
  '99999999999999999999',
  '1e999',
  'NaN',
  '[unknown]',
  'up',
  'ck400G',
  'BS_0G',
  '2.0',
  '0x17db',
  '0x1590',
  '0x0372',
  '02:ff:ff:ff:ff:ff',
  'ff:ff',
  '0x0000000000000000 0x000000007fffffff 0x0\n',
  '0xffffffffffffffff 0x0000000000000000 0x0\n',
  'PCI_SLOT_NAME=../../../outside',
  '\u{1f980}\ud800\u202e',
  'x'.repeat(200),
  'y'.repeat(70_000),
];

/** `outside` names the sentinel beside the root of trees on disk. */
const links: readonly string[] = [
  '.',
  '..',
  '/',
  '/sys/class/cxi',
  '/sys/class/cxi/cxi0',
  '../cxi1',
  'device',
  'cxi0',
  '/dev/cxi0',
  '/etc/passwd',
  '../../../../../../../../../../outside/secret',
  '../outside',
  '/../outside/secret',
  `${'../'.repeat(200)}outside/secret`,
  'a/../'.repeat(500),
  './'.repeat(1000),
  pciFolder('0000:22:00.0'),
  `../${'0000:22:00.0'}`,
  'cxi/cxi0/device/cxi/cxi0/device/cxi/cxi0/device',
];

const wide = folder(
  Array.from({ length: 300 }, (_, i) => [`cxi${i}`, { kind: 'link', target: '../../devices' }] as const),
);

const fixed: readonly TreeNode[] = [
  ...texts.map((text): TreeNode => ({ kind: 'file', text: Buffer.from(text).toString() })),
  ...links.map((target): TreeNode => ({ kind: 'link', target })),
  { kind: 'fifo' },
  { kind: 'file', text: '', size: 2 ** 31 },
  { kind: 'file', text: '', size: 4096 },
  folder(),
];

/** Decodes small numbers into a node, so that drawing one costs little. */
const node: fc.Arbitrary<TreeNode> = fc.oneof(
  { weight: 30, arbitrary: fc.nat(fixed.length - 1).map((i) => fixed[i] ?? folder()) },
  { weight: 1, arbitrary: fc.constant(wide) },
  {
    weight: 3,
    arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text): TreeNode => {
      return { kind: 'file', text: Buffer.from(text).toString() };
    }),
  },
);

/** A host with up to two NICs on which up to 12 things are wrong. */
export const hostTree: fc.Arbitrary<TreeNode & { kind: 'folder' }> = fc
  .tuple(fc.nat(3), fc.array(fc.tuple(fc.nat(places.length - 1), node), { maxLength: 12 }))
  .map(([nics, changes]) => {
    const root = folder([['dev', folder()]]);
    if (nics & 1) putNic(root, 'cxi0', '0000:21:00.0', cassini1);
    if (nics & 2) putNic(root, 'cxi1', '0000:22:00.0', cassini2);
    for (const [place, what] of changes) {
      // A later change may land inside: the shared node itself must stay as it is.
      put(root, places[place] ?? '/', what.kind === 'folder' ? folder(what.entries) : what);
    }
    return root;
  });
