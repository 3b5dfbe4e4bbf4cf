import { expect, test } from '@jest/globals';
import { HostRoot } from './host-root.ts';

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
