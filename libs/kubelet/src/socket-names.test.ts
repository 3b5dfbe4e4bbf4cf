import { describe, expect, test } from '@jest/globals';
import { isExtendedResourceName, ManualClock } from '@rackwright/core';
import { MAX_SOCKET_PATH } from '@rackwright/grpc';
import fc from 'fast-check';
import { SHORTEST_SOCKET_NAME, SocketNames } from './socket-names.ts';

const cxi = 'hpe.com/cxi';
const folder = '/var/lib/kubelet/device-plugins';
/** The longest folder there may be. */
const deep = `/${'d'.repeat(MAX_SOCKET_PATH - SHORTEST_SOCKET_NAME - 2)}`;
const namesOf = (resource: string, clock = new ManualClock(), where = folder): SocketNames =>
  new SocketNames(resource, clock, where);

describe('socket names', () => {
  test('no name comes twice, and none is taken for another instance by its own process', () => {
    const names = namesOf(cxi);
    const made = [names.next(), names.next(), names.aborted()];
    expect(new Set(made).size).toBe(3);
    expect(made.map((name) => names.roleOf(name))).toEqual([undefined, undefined, undefined]);
  });

  test('who started earlier is the predecessor, for both sides', async () => {
    const clock = new ManualClock();
    const first = namesOf(cxi, clock);
    await clock.advance(1);
    const second = namesOf(cxi, clock);
    expect(second.roleOf(first.next())).toBe('predecessor');
    expect(first.roleOf(second.next())).toBe('successor');
  });

  test('two of one moment agree too', () => {
    const clock = new ManualClock();
    const [a, b] = [namesOf(cxi, clock), namesOf(cxi, clock)];
    expect([a.roleOf(b.next()), b.roleOf(a.next())].sort()).toEqual(['predecessor', 'successor']);
  });

  test('a plugin with the plain name of earlier versions is a predecessor', () => {
    expect(namesOf(cxi).roleOf('hpe.com_cxi.sock')).toBe('predecessor');
  });

  test('sockets of other resources, aborted registrations and the kubelet are no instances', () => {
    const clock = new ManualClock();
    const names = namesOf(cxi, clock);
    const other = (resource: string): string => namesOf(resource, clock).next();
    const files = [
      other('hpe.com/cxi-vf'),
      other('beta.hpe.com/cxi'),
      other('hpe.com/cxi.1'),
      other(`hpe.com/${'cxi'.repeat(21)}`),
      'kubelet.sock',
    ];
    const aborted = namesOf(cxi, clock).aborted();
    for (const file of [...files, 'hpexcom_cxi.sock', aborted]) expect(names.roleOf(file)).toBeUndefined();
  });

  test('any file name at all is looked at without harm', () => {
    const names = namesOf(cxi);
    fc.assert(fc.property(fc.string(), (file) => expect(names.roleOf(file)).toBeUndefined()));
  });
});

describe('sockets of resources with long names', () => {
  const text = (maxLength: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom(...'abz.-'), minLength: 1, maxLength });
  const resources = fc
    .tuple(text(244), text(63))
    .map(([domain, name]) => `${domain.replaceAll(/[.-]+/g, '.')}/${name}`.replaceAll(/\.(?=\/|$)|^\./g, 'x'))
    .filter(isExtendedResourceName);
  const folders = fc.constantFrom(folder, deep, '/data/very/long/kubelet/device-plugins');

  test('a path never has more than 107 bytes, however often the plugin registers', () => {
    fc.assert(
      fc.property(resources, folders, (resource, where) => {
        const names = namesOf(resource, new ManualClock(), where);
        for (const name of [names.next(), names.aborted()]) {
          expect(`${where}/${name}`.length).toBeLessThanOrEqual(MAX_SOCKET_PATH);
        }
      }),
      { numRuns: 1000 },
    );
    const names = namesOf(`hpe.com/${'x'.repeat(63)}`, new ManualClock(), deep);
    const made = Array.from({ length: 100_001 }, () => names.next());
    expect(Math.max(...made.map((name) => `${deep}/${name}`.length))).toBe(MAX_SOCKET_PATH);
    expect(made.at(-1)).toBe(made[1]);
  });

  test.each([54, 55, 67])(
    'a resource name of %i characters is recognised by the other plugins of it',
    (length) => {
      const resource = `hpe.com/${'cxi-'.repeat(20)}`.slice(0, length - 1).concat('x');
      const clock = new ManualClock();
      const [here, there] = [namesOf(resource, clock), namesOf(resource, clock, deep)];
      expect(here.next()).toMatch(/^hpe\.com_cxi-.*-[0-9a-f]{12}@[0-9a-z]{13}\.1\.sock$/);
      expect([here.roleOf(there.next()), there.roleOf(here.next())].sort()).toEqual([
        'predecessor',
        'successor',
      ]);
      expect(namesOf(`${resource}y`, clock).roleOf(here.next())).toBeUndefined();
    },
  );

  test('a plugin of an earlier version, whose names were as long as the resource, is recognised', () => {
    const resource = `hpe.com/${'x'.repeat(46)}`;
    const names = namesOf(resource, new ManualClock());
    expect(names.roleOf(`hpe.com_${'x'.repeat(46)}@000000000abcd.123456.sock`)).toBe('predecessor');
    expect(names.owner(`hpe.com_${'x'.repeat(46)}@000000000abcd.9.sock`)).toBe('000000000abcd');
  });

  test('a plugin of an earlier version recognises ours while the name leaves room', () => {
    const earlier = /^beta\.hpe\.com_cxi(?:@([0-9a-z]+)\.[0-9]+)?\.sock$/;
    expect(namesOf('beta.hpe.com/cxi').next()).toMatch(earlier);
  });
});
