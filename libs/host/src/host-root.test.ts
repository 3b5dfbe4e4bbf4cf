import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromTop, HostRoot } from './host-root.ts';

test('host paths are put under the prefix, and cannot climb out of it', () => {
  const root = new HostRoot('/host/');
  expect([root.path('/sys/class'), root.path('../../etc/passwd'), new HostRoot().path('/dev/cxi0')]).toEqual([
    '/host/sys/class',
    '/host/etc/passwd',
    '/dev/cxi0',
  ]);
});

test('the well-known folders are named once', () => {
  const root = new HostRoot('/host');
  expect([
    root.sys('class', 'cxi'),
    root.dev('cxi0'),
    root.proc('modules'),
    root.run('cxi'),
    root.etc('cdi'),
  ]).toEqual(['/sys/class/cxi', '/dev/cxi0', '/proc/modules', '/run/cxi', '/etc/cdi']);
});

test('what is mounted stands in for what the prefix holds, the deepest mount first', () => {
  const mounts = new Map([
    ['/run', '/node/run'],
    ['/run/cxi', '/node/stats'],
  ]);
  const root = new HostRoot('/pod/host', mounts);
  expect(
    ['/run', '/run/x', '/run/cxi', '/run/cxi/cxi0', '/runs', '/sys'].map((path) => root.path(path)),
  ).toEqual([
    '/node/run',
    '/node/run/x',
    '/node/stats',
    '/node/stats/cxi0',
    '/pod/host/runs',
    '/pod/host/sys',
  ]);
});

test('a path is made to begin at the top as join does it', () => {
  const part = fc.constantFrom('a', '.', '..', '', '.a', 'a.b', '...');
  fc.assert(
    fc.property(fc.array(part), fc.boolean(), (parts, rooted) => {
      const path = (rooted ? '/' : '') + parts.join('/');
      expect(fromTop(path)).toBe(join('/', path));
    }),
  );
});
