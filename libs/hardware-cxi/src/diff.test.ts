import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CxiDevice } from './device.ts';
import { diffDevices } from './diff.ts';

function device(name: string, facts: Partial<CxiDevice> = {}): CxiDevice {
  return {
    name,
    index: Number(name.slice(3)),
    kind: 'pf',
    linkState: 'up',
    linkRestarts: [],
    devNode: { path: `/dev/${name}`, present: true },
    problems: [],
    ...facts,
  };
}

test('added, removed and changed devices are told apart', () => {
  const before = [device('cxi0'), device('cxi1'), device('cxi2')];
  const after = [device('cxi0'), device('cxi2', { linkState: 'down' }), device('cxi3')];
  const diff = diffDevices(before, after);
  expect(diff.added.map(({ name }) => name)).toEqual(['cxi3']);
  expect(diff.removed.map(({ name }) => name)).toEqual(['cxi1']);
  expect(diff.changed).toEqual([{ before: before[2], after: after[1] }]);
});

test('another NIC under the same name is one removed and one added', () => {
  const before = device('cxi0', { serialNumber: 'A', pciAddress: '0000:21:00.0' });
  const after = device('cxi0', { serialNumber: 'B', pciAddress: '0000:21:00.0' });
  expect(diffDevices([before], [after])).toEqual({ added: [after], removed: [before], changed: [] });
});

test('a serial number that cannot be read for a moment does not make it another NIC', () => {
  const before = device('cxi0', { serialNumber: 'A' });
  expect(diffDevices([before], [device('cxi0')]).changed.length).toBe(1);
});

test('a diff turns the old devices into the new ones', () => {
  const facts = fc.record(
    { linkState: fc.constantFrom('up', 'down'), serialNumber: fc.constantFrom('A', 'B'), nid: fc.nat(3) },
    { requiredKeys: [] },
  );
  const devices = fc
    .uniqueArray(fc.tuple(fc.nat(8), facts), { selector: ([i]) => i })
    .map((list) => list.map(([i, rest]) => device(`cxi${i}`, rest as Partial<CxiDevice>)));
  fc.assert(
    fc.property(devices, devices, (before, after) => {
      const { added, removed, changed } = diffDevices(before, after);
      const result = new Map(before.map((entry) => [entry.name, entry]));
      for (const { name } of removed) result.delete(name);
      for (const entry of [...added, ...changed.map((change) => change.after)]) result.set(entry.name, entry);
      const byName = (a: CxiDevice, b: CxiDevice): number => a.index - b.index;
      expect([...result.values()].sort(byName)).toEqual([...after].sort(byName));
      expect(diffDevices(after, after)).toEqual({ added: [], removed: [], changed: [] });
    }),
  );
});
