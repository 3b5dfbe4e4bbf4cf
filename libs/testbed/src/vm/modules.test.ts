import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loadOrder, parseModuleIndex } from './modules.ts';

const index = parseModuleIndex(
  [
    'kernel/fs/9p/9p.ko: kernel/net/9p/9pnet.ko kernel/fs/netfs/netfs.ko',
    'kernel/net/9p/9pnet.ko:',
    'kernel/fs/netfs/netfs.ko:',
    'kernel/net/9p/9pnet_virtio.ko: kernel/net/9p/9pnet.ko kernel/drivers/virtio/virtio.ko',
    'kernel/drivers/virtio/virtio.ko:',
    'kernel/drivers/md/dm-mod.ko:',
    '',
  ].join('\n'),
  'kernel/drivers/pci/hotplug/pciehp.ko\n',
);

test('a module comes after all it needs, and each once', () => {
  expect(loadOrder(index, ['9p', '9pnet_virtio'])).toEqual([
    'kernel/fs/netfs/netfs.ko',
    'kernel/net/9p/9pnet.ko',
    'kernel/fs/9p/9p.ko',
    'kernel/drivers/virtio/virtio.ko',
    'kernel/net/9p/9pnet_virtio.ko',
  ]);
});

test('hyphens and underscores are one, what is built in needs no loading, what is missing is named', () => {
  expect(loadOrder(index, ['dm_mod', 'pciehp'])).toEqual(['kernel/drivers/md/dm-mod.ko']);
  expect(() => loadOrder(index, ['nvme'])).toThrow("the guest's kernel has no module nvme");
});

test('whatever modules need, none is loaded before what it needs', () => {
  // modules.dep names all a module needs, itself and through others, the nearest first.
  const edges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 20 });
  fc.assert(
    fc.property(edges, fc.uniqueArray(fc.nat(9)), (pairs, wanted) => {
      const direct = new Map<number, number[]>();
      for (const [a, b] of pairs) if (a > b) direct.set(a, [...(direct.get(a) ?? []), b]);
      const all = (n: number): number[] => {
        const below = [...new Set(direct.get(n) ?? [])].sort((a, b) => b - a);
        return [...new Set([...below, ...below.flatMap(all)])].sort((a, b) => b - a);
      };
      const lines = Array.from(
        { length: 10 },
        (_, n) =>
          `m${n}.ko: ${all(n)
            .map((b) => `m${b}.ko`)
            .join(' ')}`,
      );
      const names = wanted.map((n) => `m${n}`);
      const order = loadOrder(parseModuleIndex(lines.join('\n'), ''), names);
      for (const [at, path] of order.entries()) {
        const needs = all(Number(path.slice(1, -3))).map((b) => `m${b}.ko`);
        expect(order.slice(0, at)).toEqual(expect.arrayContaining(needs));
      }
    }),
  );
});
