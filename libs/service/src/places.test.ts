import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ConnectionUse, Places } from './places.ts';

const limits = { places: 3, most: 5, stallTimeoutMs: 100 };

function filled(...uses: ConnectionUse[]): Places<string> {
  const places = new Places<string>(limits);
  uses.forEach((use, i) => {
    places.admit(`${use}${i}`, i);
    places.enter(`${use}${i}`, use, i);
  });
  return places;
}

test('while there is room nobody leaves', () => {
  expect(filled('idle', 'idle').admit('new', 10)).toEqual([]);
});

test('the one that idles longest makes room first, also for one that comes at once', () => {
  expect(filled('working', 'idle', 'idle').admit('new', 3)).toEqual(['idle1']);
});

test('whoever was silent or did not take its answer for long makes room, the silent first', () => {
  const places = filled('taking', 'silent', 'working');
  expect(places.admit('early', 50)).toEqual([]);
  expect(places.admit('late', 150)).toEqual(['silent1', 'early']);
  expect(places.admit('later', 160)).toEqual(['taking0']);
});

test('at the very limit an answer that is not taken goes first, then one that is made, a silent one last', () => {
  const places = filled('silent', 'working', 'taking', 'probe', 'probe');
  expect(places.admit('a', 6)).toEqual(['taking2']);
  expect(places.admit('b', 6)).toEqual(['working1']);
  expect(places.admit('c', 6)).toEqual(['silent0']);
});

test('with nothing but probes under way the newcomer leaves', () => {
  expect(filled('probe', 'probe', 'probe', 'probe', 'probe').admit('new', 6)).toEqual(['new']);
});

test('whoever comes and whatever they do, there are never more than allowed and no probe is given up', () => {
  const uses = fc.constantFrom<ConnectionUse>('idle', 'silent', 'taking', 'working', 'probe');
  const step = fc.oneof(
    fc.record({ do: fc.constant('admit' as const), ms: fc.nat(80) }),
    fc.record({ do: fc.constant('enter' as const), pick: fc.nat(), use: uses }),
    fc.record({ do: fc.constant('leave' as const), pick: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const places = new Places<number>(limits);
      let known: number[] = [];
      let now = 0;
      steps.forEach((one, i) => {
        const picked = 'pick' in one ? known[one.pick % Math.max(1, known.length)] : undefined;
        if (one.do === 'admit') {
          now += one.ms;
          const probes = known.filter((connection) => places.use(connection) === 'probe');
          const victims = places.admit(i, now);
          expect(probes.filter((probe) => victims.includes(probe))).toEqual([]);
          known = [...known, i].filter((connection) => !victims.includes(connection));
        } else if (picked !== undefined && one.do === 'enter') places.enter(picked, one.use, now);
        else if (picked !== undefined) {
          places.leave(picked);
          known = known.filter((connection) => connection !== picked);
        }
        expect(places.size).toBe(known.length);
        expect(places.size).toBeLessThanOrEqual(limits.most);
      });
    }),
  );
});
