import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseHandlerArgs } from './args.ts';

const cxi3 = { device: 'cxi3', configFile: '/etc/cxi_rh.conf', logToStdout: false };

describe('the command line of cxi_rh', () => {
  test.each([
    [[], { ...cxi3, device: 'cxi0' }],
    [['--device=cxi3'], cxi3],
    [['--device', 'cxi3'], cxi3],
    [['--dev=cxi3'], cxi3],
    [['-dcxi3'], cxi3],
    [['-ld', 'cxi3'], { ...cxi3, logToStdout: true }],
    [['--log-stdout', '-d', 'cxi3', '-c', '/x=y'], { device: 'cxi3', configFile: '/x=y', logToStdout: true }],
    [['--conf=/a=b', '-d', 'cxi1', '-d', 'cxi3'], { ...cxi3, configFile: '/a=b' }],
  ])('%j is understood', (argv, expected) => {
    expect(parseHandlerArgs(argv)).toEqual(expected);
  });

  test.each([
    [['-d', '/dev/cxi0'], /Invalid device name/],
    [['--device=hsn0'], /Invalid device name/],
    [['--help'], /Usage/],
    [['-h'], /requires an argument/],
    [['-h', 'x'], /Usage/],
    [['cxi0'], /Usage/],
    [['--', '-d'], /Usage/],
    [['-x'], /invalid option/],
    [['--log-stdout=1'], /doesn't allow/],
    [['--bogus'], /unrecognized option/],
    [['-c'], /requires an argument/],
    [['--device'], /requires an argument/],
  ])('%j is refused', (argv, reason) => {
    expect(parseHandlerArgs(argv)).toEqual({ refused: expect.stringMatching(reason) });
  });

  test('nothing on a command line throws', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('-d', '-l', '-h', '--', '--conf', '--device=cxi1', 'cxi0'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        const result = parseHandlerArgs(argv);
        expect('refused' in result || /^cxi\d+$/.test(result.device)).toBe(true);
      }),
    );
  });
});
