import fc from 'fast-check';
import { folder, put, type TreeNode } from './tree.ts';

type Folder = TreeNode & { kind: 'folder' };

/** What random trees are made from. */
export interface HostileTreeOptions {
  /** Puts the hardware whose bits are set into a tree. */
  readonly start: (root: Folder, hardware: number) => void;
  /** How many bits of hardware there are. */
  readonly bits: number;
  /** Where something may be wrong: every place the reader looks at, and folders above them. */
  readonly places: readonly string[];
  /** Texts and targets of links beside those that are odd everywhere. */
  readonly texts: readonly string[];
  readonly links: readonly string[];
}

const oddTexts: readonly string[] = [
  ...['', '\n', '\0\0\0', '0', '1', '-1', '0x', '0xffffffff', '99999999999999999999', '1e999', 'NaN'],
  ...['\u{1f980}\ud800\u202e', 'x'.repeat(200), 'y'.repeat(70_000)],
];

/** `outside` names the sentinel beside the root of trees on disk. */
const oddLinks: readonly string[] = [
  ...['.', '..', '/', '/etc/passwd', '../outside', '/../outside/secret'],
  '../../../../../../../../../../outside/secret',
  `${'../'.repeat(200)}outside/secret`,
  'a/../'.repeat(500),
  './'.repeat(1000),
];

/** A host with some hardware on which up to 12 things are wrong. */
export function hostileTree(options: HostileTreeOptions): fc.Arbitrary<Folder> {
  const { start, bits, places } = options;
  const change = fc.tuple(fc.nat(places.length - 1), oddNode(options));
  return fc.tuple(fc.nat(2 ** bits - 1), fc.array(change, { maxLength: 12 })).map(([hardware, changes]) => {
    const root = folder([['dev', folder()]]);
    start(root, hardware);
    for (const [place, what] of changes) {
      // A later change may land inside: the shared node itself must stay as it is.
      put(root, places[place] ?? '/', what.kind === 'folder' ? folder(what.entries) : what);
    }
    return root;
  });
}

/** Decodes small numbers into a node, so that drawing one costs little. */
function oddNode({ texts, links, places }: HostileTreeOptions): fc.Arbitrary<TreeNode> {
  const fixed: readonly TreeNode[] = [
    ...[...oddTexts, ...texts].map(
      (text): TreeNode => ({ kind: 'file', text: Buffer.from(text).toString() }),
    ),
    ...[...oddLinks, ...links].map((target): TreeNode => ({ kind: 'link', target })),
    { kind: 'fifo' },
    { kind: 'file', text: '', size: 2 ** 31 },
    { kind: 'file', text: '', size: 4096 },
    folder(),
  ];
  return fc.oneof(
    { weight: 30, arbitrary: fc.nat(fixed.length - 1).map((i) => fixed[i] ?? folder()) },
    { weight: 1, arbitrary: fc.constant(crowd(places)) },
    {
      weight: 3,
      arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text): TreeNode => {
        return { kind: 'file', text: Buffer.from(text).toString() };
      }),
    },
  );
}

/** A folder of 300 entries named like those that are looked for, with other numbers. */
function crowd(places: readonly string[]): TreeNode {
  const names = places
    .map((place) => place.slice(place.lastIndexOf('/') + 1))
    .filter((name) => /\d/.test(name));
  const entries = Array.from({ length: 300 }, (_, i): readonly [string, TreeNode] => {
    const name = (names[i % names.length] ?? 'x').replace(/\d/, String(i));
    return [name, { kind: 'link', target: '../../devices' }];
  });
  return folder(entries);
}
