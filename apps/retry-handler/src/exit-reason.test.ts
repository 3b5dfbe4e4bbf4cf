import { expect, test } from '@jest/globals';
import { exitReason } from './exit-reason.ts';

test.each([
  [null, null, '', 'ended with unknown'],
  [3, null, 'no such device', 'ended with 3: no such device'],
  [null, 'SIGBUS', '', /^ended with SIGBUS; .*add hugepages-2Mi to the requests and limits/],
  [
    127,
    null,
    'nsenter: failed to execute /opt/rh: No such file',
    /^ended with 127: nsenter: .*--cxi-rh-path$/,
  ],
  [127, null, 'a script of its own', 'ended with 127: a script of its own'],
])('code %s, signal %s, last line "%s"', (code, signal, line, reason) => {
  expect(exitReason({ code, signal, atWall: 0 }, line)).toEqual(
    typeof reason === 'string' ? reason : expect.stringMatching(reason),
  );
});
