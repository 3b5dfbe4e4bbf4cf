import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import fc from 'fast-check';
import { SocketNames } from './socket-names.ts';
import { MAX_SOCKET_PATH } from './socket-path.ts';

const cxi = 'hpe.com/cxi';

describe('socket names', () => {
  test('no name comes twice, and none is taken for a peer by its own process', () => {
    const names = new SocketNames(cxi, new ManualClock());
    const made = [names.next(), names.next(), names.decoy()];
    expect(new Set(made).size).toBe(3);
    expect(made.map((name) => names.peer(name))).toEqual([undefined, undefined, undefined]);
  });

  test('who started earlier is the elder, for both sides', async () => {
    const clock = new ManualClock();
    const first = new SocketNames(cxi, clock);
    await clock.advance(1);
    const second = new SocketNames(cxi, clock);
    expect(second.peer(first.next())).toBe('elder');
    expect(first.peer(second.next())).toBe('younger');
  });

  test('two of one moment agree too', () => {
    const clock = new ManualClock();
    const [a, b] = [new SocketNames(cxi, clock), new SocketNames(cxi, clock)];
    expect([a.peer(b.next()), b.peer(a.next())].sort()).toEqual(['elder', 'younger']);
  });

  test('a plugin with the plain name of earlier versions is an elder', () => {
    expect(new SocketNames(cxi, new ManualClock()).peer('hpe.com_cxi.sock')).toBe('elder');
  });

  test('sockets of other resources, decoys and the kubelet are no peers', () => {
    const clock = new ManualClock();
    const names = new SocketNames(cxi, clock);
    const other = (resource: string): string => new SocketNames(resource, clock).next();
    const files = [
      other('hpe.com/cxi-vf'),
      other('beta.hpe.com/cxi'),
      other('hpe.com/cxi.1'),
      'kubelet.sock',
    ];
    const decoy = new SocketNames(cxi, clock).decoy();
    for (const file of [...files, 'hpexcom_cxi.sock', decoy]) expect(names.peer(file)).toBeUndefined();
  });

  test('any file name at all is looked at without harm', () => {
    const names = new SocketNames(cxi, new ManualClock());
    fc.assert(fc.property(fc.string(), (file) => expect(names.peer(file)).toBeUndefined()));
  });

  test('the kubelet’s own folder leaves room for it', () => {
    const path = `/var/lib/kubelet/device-plugins/${new SocketNames('beta.hpe.com/cxi', new ManualClock()).next()}`;
    expect(path.length).toBeLessThan(MAX_SOCKET_PATH);
  });
});
