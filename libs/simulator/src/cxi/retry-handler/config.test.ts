import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkHandlerConfig } from './config.ts';
import { type ConfigValue, parseLibconfig } from './libconfig.ts';

function settings(text: string): Readonly<Record<string, ConfigValue>> | undefined {
  const result = parseLibconfig(text);
  return 'settings' in result ? { ...result.settings } : undefined;
}

describe('libconfig text', () => {
  test('all kinds of values, separators and comments', () => {
    const text = `
      # shell comment
      a = 1; b : 0xfffc0, c = -3L d = .5; // end
      e = TRUE /* in
      between */ f = "x" "y\\n\\"z";
      g = [1, 2,]; h = ( 1, "a", { b = false; } );
    `;
    expect(settings(text)).toEqual({
      a: 1,
      b: 0xfffc0,
      c: -3,
      d: 0.5,
      e: true,
      f: 'xy\n"z',
      g: [1, 2],
      h: [1, 'a', { b: false }],
    });
  });

  test.each([
    ['a = ', 1],
    ['a = 1;\nb 2', 2],
    ['a = 1;\n\na = 2;', 3],
    ['a = [1, 2', 1],
    ['a = "open', 1],
    ['a = { b = 1;', 0],
    ['= 1', 1],
    ['a = @', 1],
  ])('%j is refused with its line', (text, line) => {
    expect(parseLibconfig(text)).toEqual({ line, reason: expect.any(String) });
  });

  test('what is written is what is read', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/).filter((text) => !/^(true|false)$/.test(text));
    const value = fc.oneof(fc.integer(), fc.boolean(), fc.array(fc.integer(), { maxLength: 4 }));
    fc.assert(
      fc.property(fc.dictionary(name, value), (wanted) => {
        const text = Object.entries(wanted)
          .map(([key, v]) => `${key} = ${JSON.stringify(v)};\n`)
          .join('');
        expect(settings(text)).toEqual({ ...wanted });
      }),
    );
  });

  test('no text makes the parser throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseLibconfig(text)));
    expect(() => parseLibconfig('a='.padEnd(20_000, '('))).not.toThrow();
  });
});

describe('the settings of cxi_rh', () => {
  test('defaults when nothing is set', () => {
    const config = checkHandlerConfig({}, 'conf');
    expect(config).toMatchObject({
      statsDir: '/run/cxi',
      numbers: { max_spt_retries: 4, switch_id_mask: 0xfffc0 },
    });
  });

  test.each([
    [{ max_spt_retries: 8 }, 'max_spt_retries 8 is out of range'],
    [{ backoff_multiplier: 0 }, 'backoff_multiplier 0 is out of range'],
    [{ max_batch_size: 65 }, 'max_batch_size 65 is out of range'],
    [{ tct_wait_time: -1 }, 'tct_wait_time -1 is out of range'],
    [{ tct_wait_time: 'x' }, 'tct_wait_time is not a number'],
    [{ retry_intervals: [1, 2] }, 'retry_intervals must have max_spt_retries entries'],
    [{ rh_stats_dir: 1 }, 'rh_stats_dir is not a string'],
  ])('%j is refused', (wrong, reason) => {
    expect(checkHandlerConfig(wrong, 'conf')).toEqual({ refused: `conf: ${reason}` });
  });
});
