import { expect, test } from '@jest/globals';
import { HwError } from '@rackwright/core';
import fc from 'fast-check';
import { commonOptions } from './common-options.ts';
import { loadConfig } from './config.ts';
import { defineOptions, type OptionSpec, type OptionValue } from './option-spec.ts';
import { formatValue } from './option-values.ts';

const options = defineOptions({
  text: { flag: 'text', env: 'TEXT', type: 'string', default: '', description: '.' },
  count: { flag: 'count', env: 'COUNT', type: 'integer', default: 0, description: '.' },
  port: { flag: 'port', env: 'PORT', type: 'port', default: 0, description: '.' },
  wait: { flag: 'wait', env: 'WAIT', type: 'duration', default: 0, description: '.' },
  names: { flag: 'names', env: 'NAMES', type: 'list', default: [], description: '.' },
  on: { flag: 'on', env: 'ON', type: 'boolean', default: false, description: '.' },
});
type Key = keyof typeof options;
type Values = Record<Key, OptionValue>;

const name = fc.stringMatching(/^[a-z0-9.:/-]{1,8}$/);
const values: fc.Arbitrary<Values> = fc.record({
  text: fc.string({ unit: 'binary', minLength: 1 }),
  count: fc.maxSafeInteger(),
  port: fc.nat(65_535),
  wait: fc.nat(10_000_000),
  names: fc.uniqueArray(name, { minLength: 1 }),
  on: fc.boolean(),
});
const keys = Object.keys(options) as Key[];
const style = fc.constantFrom('--x=v', '-x=v', '--x v', '-x v');
const readFile = (): string => {
  throw new Error('no file');
};

function write(key: Key, value: OptionValue, how: string): string[] {
  const text = formatValue(options[key].type, value);
  const dashes = how.startsWith('--') ? '--' : '-';
  const apart = how.endsWith(' v') && options[key].type !== 'boolean' && !text.startsWith('-');
  return apart ? [`${dashes}${options[key].flag}`, text] : [`${dashes}${options[key].flag}=${text}`];
}

test('values written in any style and order are read back as they were', () => {
  fc.assert(
    fc.property(values, fc.shuffledSubarray(keys), fc.infiniteStream(style), (wanted, given, styles) => {
      const argv = given.flatMap((key) => write(key, wanted[key], styles.next().value));
      const config = loadConfig({ ...commonOptions, ...options }, { argv, env: {}, readFile });
      for (const key of given) expect(config[key]).toEqual(wanted[key]);
    }),
  );
});

test('a flag wins over the environment, which wins over the file, key by key', () => {
  const subset = fc.subarray(keys);
  fc.assert(
    fc.property(
      values,
      values,
      values,
      subset,
      subset,
      subset,
      (...[flag, env, file, inFlag, inEnv, inFile]) => {
        const text = (from: Values, key: Key): string => formatValue(options[key].type, from[key]);
        const config = loadConfig(
          { ...commonOptions, ...options },
          {
            argv: ['--config=f', ...inFlag.map((key) => `--${options[key].flag}=${text(flag, key)}`)],
            env: Object.fromEntries(inEnv.map((key) => [options[key].env, text(env, key)])),
            readFile: () => JSON.stringify(Object.fromEntries(inFile.map((key) => [key, text(file, key)]))),
          },
        );
        for (const key of keys) {
          const source = inFlag.includes(key)
            ? flag
            : inEnv.includes(key)
              ? env
              : inFile.includes(key)
                ? file
                : undefined;
          const spec: OptionSpec = options[key];
          expect(config[key]).toEqual(source === undefined ? spec.default : source[key]);
        }
      },
    ),
  );
});

test('no command line, environment or file makes it fail with anything but a named refusal', () => {
  const flag = fc.constantFrom(
    ...keys.flatMap((key) => [`--${key}`, `-${key}=`]),
    '--config=x',
    '--',
    '-',
    '=',
  );
  const argv = fc.array(
    fc.oneof(flag, fc.string({ unit: 'binary' }), fc.stringMatching(/^--?[a-z]+(=.*)?$/)),
  );
  const env = fc.dictionary(fc.constantFrom('TEXT', 'COUNT', 'PORT', 'WAIT', 'NAMES', 'ON'), fc.string());
  const file = fc.oneof(
    fc.string(),
    fc.json(),
    fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()).map((o) => JSON.stringify(o)),
  );
  fc.assert(
    fc.property(argv, env, file, (args, environment, content) => {
      try {
        loadConfig(
          { ...commonOptions, ...options },
          { argv: args, env: environment, readFile: () => content },
        );
      } catch (error) {
        expect(error).toBeInstanceOf(HwError);
        expect(error).toMatchObject({
          code: 'InvalidArgument',
          message: expect.stringMatching(/--|argument/),
        });
      }
    }),
    { numRuns: 1000 },
  );
});
