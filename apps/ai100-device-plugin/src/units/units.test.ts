import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drive } from '../testing/told.ts';
import { preferredUnits } from './preferred-units.ts';
import { type DriveVerdict, splitId, type Unit, type UnitInput, unitsOf } from './units.ts';
import type { CacheVolume } from './volume.ts';

const volume: CacheVolume = {
  ...{
    hostPath: '/mnt/nvme0',
    members: ['A', 'B'],
    usable: true,
    reason: 'Ready',
    message: 'mounted at /mnt/nvme0',
  },
};
const well: DriveVerdict = { healthy: true, reason: 'Ok', message: 'nothing is wrong' };
const dead: DriveVerdict = { healthy: false, reason: 'ControllerDead', message: 'the controller is dead' };
const verdicts = (a: DriveVerdict, b?: DriveVerdict) =>
  new Map([['A', a], ...(b ? ([['B', b]] as const) : [])]);

function units(changes: Partial<UnitInput> = {}): Unit[] {
  return unitsOf({
    drives: [drive('A', 0), drive('B', 1)],
    volumes: [volume],
    verdicts: verdicts(well, well),
    replicasPerDevice: 1,
    ...changes,
  });
}
const shown = (list: readonly Unit[]): string[] =>
  list.map(({ name, healthy, message }) => `${name} ${healthy ? 'healthy' : message}`);

test('each drive of a volume counts for one unit, whose data lies on all NUMA nodes of the volume', () => {
  expect(units()).toMatchObject([
    { name: 'ai100-a', serial: 'A', numaNodes: [0, 1], healthy: true },
    { name: 'ai100-b', serial: 'B', numaNodes: [0, 1], healthy: true },
  ]);
});

test('of several replicas each has an id of its own, in natural order', () => {
  const names = units({ replicasPerDevice: 12 }).map(({ name }) => name);
  expect(names).toHaveLength(24);
  expect(names.slice(9, 13)).toEqual(['ai100-a--r9', 'ai100-a--r10', 'ai100-a--r11', 'ai100-b--r0']);
});

test('one failed drive of a striped volume takes all units, and is the one that is named', () => {
  const taken: DriveVerdict = { ...dead, message: 'the volume is lost', ofVolume: true };
  expect(shown(units({ verdicts: verdicts(taken, dead) }))).toEqual([
    'ai100-a drive B: the controller is dead',
    'ai100-b drive B: the controller is dead',
  ]);
});

test('a drive that is gone keeps its unit, unhealthy, and a volume of its own keeps the other well', () => {
  const volumes = [
    { ...volume, members: ['A'] },
    { ...volume, members: ['B'], hostPath: '/mnt/nvme1' },
  ];
  expect(shown(units({ volumes, drives: [drive('A')], verdicts: verdicts(well) }))).toEqual([
    'ai100-a healthy',
    'ai100-b drive B of the cache is gone',
  ]);
});

test('a volume that may not be used has unhealthy units though its drives are well, and none is made of a drive outside', () => {
  const lost = { ...volume, members: ['A'], usable: false, reason: 'MountFailed', message: 'not mounted' };
  expect(shown(units({ volumes: [lost] }))).toEqual(['ai100-a not mounted']);
});

test('a volume on no drive of ours, as a ready-made device may be, counts for one unit', () => {
  const ready: CacheVolume = { ...volume, members: [], readyMade: true };
  expect(shown(units({ volumes: [ready] }))).toEqual(['ai100-of-mnt-nvme0 healthy']);
  expect(shown(units({ volumes: [{ ...ready, usable: false, message: 'not mounted' }] }))).toEqual([
    'ai100-of-mnt-nvme0 not mounted',
  ]);
  expect(units({ volumes: [{ ...volume, members: [] }] })).toEqual([]);
});

test('an id is split where it was put together', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9-]{1,40}$/), fc.nat(63), (id, replica) => {
      expect(splitId(`${id}--r${replica}`)).toEqual({ drive: id, replica });
    }),
  );
});

/** Three drives, the first two on node 0, with three replicas each. */
const many: Unit[] = ['A', 'B', 'C'].flatMap((serial) =>
  Array.from({ length: 3 }, (_, replica): Unit => {
    const numaNode = serial === 'C' ? 1 : 0;
    return {
      ...{ name: `ai100-${serial.toLowerCase()}--r${replica}`, kind: 'ai100', serial, volume, healthy: true },
      ...{ reason: 'Ok', message: '', numaNode, numaNodes: [numaNode] },
    };
  }),
);
const names = many.map(({ name }) => name);
const prefer = (size: number, available = names, mustInclude: string[] = []): readonly string[] =>
  preferredUnits({ size, available, mustInclude }, many);
const drivesOf = (ids: readonly string[]): string[] => ids.map((id) => splitId(id).drive).sort();

test('a container gets units of one NUMA node, of different drives before a second of the same', () => {
  expect(drivesOf(prefer(2))).toEqual(['ai100-a', 'ai100-b']);
  expect(drivesOf(prefer(4))).toEqual(['ai100-a', 'ai100-a', 'ai100-b', 'ai100-b']);
});

test('what must be among them decides the NUMA node', () => {
  const answer = prefer(2, names, ['ai100-c--r1']);
  expect(drivesOf(answer)).toEqual(['ai100-c', 'ai100-c']);
  expect(answer).toContain('ai100-c--r1');
});

test('a drive that others use less comes first', () => {
  const without = (used: RegExp): string[] => names.filter((name) => !used.test(name));
  expect(drivesOf(prefer(2, without(/c--r0/)))).toEqual(['ai100-a', 'ai100-b']);
  expect(drivesOf(prefer(1, without(/(a--r[01]|c--r0)/)))).toEqual(['ai100-b']);
});

test('where no NUMA node has enough, every drive gives its part', () => {
  const drives = drivesOf(prefer(7));
  for (const drive of ['ai100-a', 'ai100-b', 'ai100-c'])
    expect(drives.filter((name) => name === drive).length).toBeGreaterThanOrEqual(2);
});

test('whatever is asked for, the answer has the size, only what is available, and all that must be in it', () => {
  const requests = fc.subarray(names, { minLength: 1 }).chain((available) =>
    fc.record({
      available: fc.constant(available),
      size: fc.integer({ min: 1, max: available.length }),
      order: fc.shuffledSubarray(available),
    }),
  );
  fc.assert(
    fc.property(requests, ({ available, size, order }) => {
      const mustInclude = order.slice(0, size);
      const answer = prefer(size, available, mustInclude);
      expect(new Set(answer).size).toBe(size);
      expect(available).toEqual(expect.arrayContaining([...answer]));
      expect(answer).toEqual(expect.arrayContaining(mustInclude));
    }),
  );
});
