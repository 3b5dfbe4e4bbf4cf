import { expect, test } from '@jest/globals';
import { FailingFiles, randomFailures } from '@rackwright/simulator';
import fc from 'fast-check';
import { MemoryFiles } from '../../host/src/testing/memory-files.ts';
import { folder, put, putText, type TreeNode } from '../../host/src/testing/tree.ts';
import type { CxiDevice } from './device.ts';
import { cxiDevices } from './devices.ts';
import { type KnownSnapshot, withLastKnown } from './last-known.ts';
import { scanCxi } from './scan.ts';
import { cassini1, cassini2, pciFolder, putNic } from './testing/nic.ts';

const pci = ['0000:21:00.0', '0000:22:00.0'] as const;
const functionOf = (nic: number): string => pci[nic] ?? pci[0];

/** A host with NICs that are pulled out and put in, read through errors. */
class World {
  tree = this.#make([true, true], ['1\n', '1\n']);
  fails: (path: string) => string | undefined = () => undefined;
  known: KnownSnapshot | undefined;

  set(there: readonly boolean[], links: readonly string[]): void {
    this.tree = this.#make(there, links);
  }

  look(): readonly CxiDevice[] {
    const files = new FailingFiles(new MemoryFiles(this.tree), this.fails);
    const known = this.known?.devices.map(({ name }) => name) ?? [];
    const snapshot = scanCxi(files, { known, budgetMs: Number.POSITIVE_INFINITY });
    this.known = withLastKnown(snapshot, this.known);
    return this.known === undefined ? [] : cxiDevices(this.known);
  }

  #make(there: readonly boolean[], links: readonly string[]): TreeNode & { kind: 'folder' } {
    const root = folder([['dev', folder()]]);
    put(root, '/sys/class/cxi', folder());
    there.forEach((present, nic) => {
      if (!present) return;
      const attributes = { ...(nic === 0 ? cassini1 : cassini2), 'properties/link': links[nic] ?? '1\n' };
      putNic(root, `cxi${nic}`, functionOf(nic), attributes);
      putText(root, `/dev/cxi${nic}`, '');
    });
    return root;
  }
}

const bare = (device: CxiDevice | undefined): unknown => {
  const { problems: _, stale: __, ...facts } = device ?? {};
  return facts;
};

const fact = (name: string): string => `${pciFolder(pci[0])}/${name}`;

test.each([
  ['the class folder', '/sys/class/cxi', 'EMFILE'],
  ['the way to its function', '/sys/class/cxi/cxi0/device', 'EIO'],
  ['its link', fact('properties/link'), 'EIO'],
  ['its retry handler register', fact('properties/pct_eq'), 'EMFILE'],
  ['its network interfaces', fact('net'), 'EACCES'],
  ['its ids', fact('vendor'), 'EMFILE'],
  ['its device node', '/dev/cxi0', 'EIO'],
  ['a folder of attributes', fact('port'), 'EACCES'],
])('a NIC of which %s cannot be read is as it was, and says so', (_, path, code) => {
  const world = new World();
  const before = world.look();
  world.fails = (read) => (read === path ? code : undefined);
  for (let look = 0; look < 3; look++) expect(world.look().map(bare)).toEqual(before.map(bare));
  const told = [...(world.known?.outdated ?? [])].map((failure) => failure.code);
  if (path !== fact('port')) expect(told).toContain(code);
  world.fails = () => undefined;
  expect([world.look(), world.known?.outdated]).toEqual([before, []]);
});

test('what an attribute said before counts, what others say now does too', () => {
  const world = new World();
  world.look();
  world.set([true, true], ['0\n', '0\n']);
  world.fails = (path) => (path === fact('properties/link') ? 'EIO' : undefined);
  const [first, second] = world.look();
  expect([first?.linkState, second?.linkState]).toEqual(['up', 'down']);
  expect(first?.stale).toEqual(['properties/link']);
  expect(first?.problems).toEqual(['properties/link: cannot be read (EIO); it is kept as last read']);
  world.fails = () => undefined;
  expect(world.look()[0]).toMatchObject({ linkState: 'down', problems: [] });
});

test('an attribute that never could be read is absent and named, the NIC is there', () => {
  const world = new World();
  world.fails = (path) => (path === fact('fru/serial_number') ? 'EACCES' : undefined);
  const [first] = world.look();
  expect([first?.serialNumber, first?.stale, world.known?.outdated]).toEqual([undefined, undefined, []]);
  expect(first?.problems).toEqual(['fru/serial_number: cannot be read (EACCES)']);
});

test('a host that could never be listed is not known to have no NIC', () => {
  const world = new World();
  world.fails = (path) => (path === '/sys/class/cxi' ? 'EMFILE' : undefined);
  world.look();
  expect(world.known).toBeUndefined();
});

test('a NIC that never could be told from others is only named', () => {
  const world = new World();
  world.fails = (path) =>
    path.endsWith('/physfn') && path.startsWith(pciFolder(pci[0])) ? 'EIO' : undefined;
  expect(world.look().map(({ name }) => name)).toEqual(['cxi1']);
  expect(world.known).toMatchObject({ unidentified: ['cxi0'], outdated: [{ code: 'EIO' }] });
  world.fails = () => undefined;
  expect(world.look().map(({ name }) => name)).toEqual(['cxi0', 'cxi1']);
});

test('a NIC that is pulled out is gone even while the class folder cannot be listed', () => {
  const world = new World();
  world.look();
  world.set([false, true], ['1\n', '1\n']);
  world.fails = (path) => (path === '/sys/class/cxi' ? 'EMFILE' : undefined);
  expect(world.look().map(({ name }) => name)).toEqual(['cxi1']);
});

const step = fc.record({
  /** Decides by its bits which of the paths read in this look fail. */
  seed: fc.nat(),
  /** Of ten paths so many fail. */
  often: fc.constantFrom(0, 1, 3, 10),
  there: fc.tuple(fc.boolean(), fc.boolean()),
  links: fc.tuple(fc.constantFrom('1\n', '0\n'), fc.constantFrom('1\n', '0\n')),
});

test('whatever cannot be read and when, no error takes a NIC away or invents one, and all is right once it can be read', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
      const world = new World();
      let before = world.look().map(({ name }) => name);
      for (const { seed, often, there, links } of steps) {
        world.set(there, links);
        world.fails = randomFailures(seed, often);
        const present = ['cxi0', 'cxi1'].filter((_, nic) => there[nic]);
        const seen = world.look().map(({ name }) => name);
        const unidentified = world.known?.unidentified ?? [];
        // What was there and is there stays; it may be unidentified only if it was pulled out unseen before.
        for (const name of before) if (present.includes(name)) expect(seen).toContain(name);
        for (const name of present) {
          const hidden = world.known?.outdated.length !== 0;
          if (!seen.includes(name))
            expect([hidden, unidentified.includes(name) || world.known?.unlisted]).toBeTruthy();
        }
        for (const name of seen) expect([...before, ...present]).toContain(name);
        before = seen;
        world.fails = () => undefined;
        const clean = new World();
        clean.set(there, links);
        expect(structuredClone(withLastKnown(scanOf(world), world.known)?.devices.map(bareRaw))).toEqual(
          structuredClone(withLastKnown(scanOf(clean), undefined)?.devices.map(bareRaw)),
        );
      }
    }),
    { numRuns: 300 },
  );
});

const scanOf = (world: World) => scanCxi(new MemoryFiles(world.tree), { budgetMs: Number.POSITIVE_INFINITY });
const bareRaw = ({ unread: _, ...raw }: KnownSnapshot['devices'][number]): unknown => raw;
