import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseMountinfo } from './mountinfo.ts';

test('reads mounts with optional fields and escaped names', () => {
  const text = [
    '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue',
    '40 36 0:50 / /run/cxi/cxi0 rw,nosuid - fuse.rh_stats rh\\040stats rw,user_id=0',
    '41 36 0:51 / /with\\040space rw - tmpfs tmpfs rw',
  ].join('\n');
  expect(parseMountinfo(text)).toMatchObject([
    {
      ...{ id: 36, mountPoint: '/mnt2', fsType: 'ext3', source: '/dev/root', shared: true },
      ...{ options: ['rw', 'noatime'], superOptions: ['rw', 'errors=continue'] },
    },
    { id: 40, mountPoint: '/run/cxi/cxi0', fsType: 'fuse.rh_stats', source: 'rh stats', shared: false },
    { id: 41, mountPoint: '/with space', fsType: 'tmpfs', source: 'tmpfs', superOptions: ['rw'] },
  ]);
});

test('no text breaks it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) =>
      expect(Array.isArray(parseMountinfo(text))).toBe(true),
    ),
  );
});
