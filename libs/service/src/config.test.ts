import { describe, expect, test } from '@jest/globals';
import { HwError } from '@rackwright/core';
import { commonOptions } from './common-options.ts';
import { loadConfig } from './config.ts';
import { type ConfigOf, defineOptions } from './option-spec.ts';

const options = defineOptions({
  ...commonOptions,
  nodeName: {
    flag: 'node-name',
    env: ['NODE_NAME', 'MY_NODE'],
    type: 'string',
    required: true,
    description: 'Node.',
  },
  healthPort: { flag: 'health-port', type: 'port', default: 8081, description: 'Port.' },
  poll: {
    flag: 'poll-interval',
    env: 'POLL',
    type: 'duration',
    default: '30s',
    description: 'Poll.',
    validate: (ms) => (ms < 1000 ? 'is shorter than 1s' : undefined),
  },
  names: { flag: 'names', env: 'NAMES', type: 'list', default: ['a'], description: 'Names.' },
  mode: { flag: 'mode', type: 'string', choices: ['shared', 'exclusive'], description: 'Mode.' },
  mask: { flag: 'mask', type: 'integer', default: '0xfffc0', description: 'Mask.', aliases: ['switch-mask'] },
  strict: { flag: 'strict', env: 'STRICT', type: 'boolean', default: false, description: 'Strict.' },
});

interface Given {
  readonly argv?: string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly file?: string;
}

function load({ argv = [], env = {}, file }: Given): ConfigOf<typeof options> {
  const readFile = (path: string): string => {
    if (file === undefined || path !== '/etc/app.json') throw new Error(`ENOENT: ${path}`);
    return file;
  };
  return loadConfig(options, { argv, env: { NODE_NAME: 'n1', ...env }, readFile });
}

function refusal(given: Given): string {
  try {
    load(given);
  } catch (error) {
    if (error instanceof HwError && error.code === 'InvalidArgument') return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

test('without flags every option has its default', () => {
  expect(load({})).toEqual({
    logLevel: 'info',
    config: undefined,
    nodeName: 'n1',
    healthPort: 8081,
    poll: 30_000,
    names: ['a'],
    mode: undefined,
    mask: 0xfffc0,
    strict: false,
  });
});

describe('precedence', () => {
  const file = JSON.stringify({ 'poll-interval': '3s', names: ['f'], healthPort: 1 });
  const config = ['--config=/etc/app.json'];

  test('flag over environment over file over default', () => {
    expect(load({ file, argv: config })).toMatchObject({ poll: 3000, names: ['f'], healthPort: 1 });
    expect(load({ file, argv: config, env: { POLL: '2s' } }).poll).toBe(2000);
    expect(load({ file, argv: [...config, '--poll-interval=1s'], env: { POLL: '2s' } }).poll).toBe(1000);
  });

  test('the first environment variable that is not empty counts', () => {
    expect(load({ env: { NODE_NAME: '', MY_NODE: 'n2' } }).nodeName).toBe('n2');
    expect(load({ env: { NAMES: '' } }).names).toEqual(['a']);
  });

  test('an empty flag is the empty value, not the default', () => {
    expect(load({ argv: ['--names='] }).names).toEqual([]);
  });

  test('the file may be named by the environment', () => {
    expect(load({ file, env: { CONFIG_FILE: '/etc/app.json' } }).healthPort).toBe(1);
  });
});

describe('ways to write a flag', () => {
  test.each([
    [['--health-port', '1']],
    [['-health-port', '1']],
    [['--health-port=1']],
    [['-health-port=:1']],
  ])('%j', (argv) => {
    expect(load({ argv }).healthPort).toBe(1);
  });

  test.each([
    [['--strict'], true],
    [['--strict=false'], false],
    [['--strict=T'], true],
    [['--strict=0'], false],
  ])('%j is %p', (argv, value) => {
    expect(load({ argv }).strict).toBe(value);
  });

  test('a list may be repeated, any other flag counts the last time', () => {
    expect(load({ argv: ['--names=a, b', '--names', 'c', '--mask=1', '--switch-mask=0x2'] })).toMatchObject({
      names: ['a', 'b', 'c'],
      mask: 2,
    });
  });

  test('what a list names twice is in it once', () => {
    expect(load({ argv: ['--names=a,b,a', '--names=b,c'] }).names).toEqual(['a', 'b', 'c']);
    const file = '{"names":["a","b","a"]}';
    expect(load({ file, argv: ['--config=/etc/app.json'] }).names).toEqual(['a', 'b']);
  });

  test('a value may be a negative number or hold an equals sign', () => {
    expect(load({ argv: ['--mask', '-1', '--node-name', 'a=b'] })).toMatchObject({
      mask: -1,
      nodeName: 'a=b',
    });
  });
});

describe('what is refused says what to write instead', () => {
  test.each([
    [['--helth-port=1'], 'unknown flag "--helth-port": did you mean --health-port?'],
    [['--quux'], 'unknown flag "--quux": see --help'],
    [['stray'], 'unexpected argument "stray"'],
    [['--strict', 'false'], 'unexpected argument "false": write --strict=false'],
    [['--mode'], '--mode needs a value: write --mode=VALUE'],
    [['--mode', '--strict'], '--mode needs a value: write --mode=VALUE'],
    [['--mode=all'], '--mode: "all" is not one of shared, exclusive'],
    [['--health-port=70000'], '--health-port: "70000" is not a port number from 0 to 65535'],
    [['--mask=1.5'], '--mask: "1.5" is not a whole number'],
    [
      ['--strict=yes'],
      '--strict (or STRICT in the environment): "yes" is not a boolean; write true or false',
    ],
    [
      ['--poll-interval=10'],
      '--poll-interval (or POLL in the environment): "10" is not a duration; write it like 30s, 5m or 1h30m',
    ],
    [['--poll-interval=-5s'], '--poll-interval (or POLL in the environment): "-5s" is negative'],
    [['--poll-interval=10ms'], '--poll-interval (or POLL in the environment): "10ms" is shorter than 1s'],
    [['--node-name='], '--node-name (or NODE_NAME, MY_NODE in the environment) is required'],
    [['--config=/none'], '--config: cannot read /none: ENOENT: /none'],
  ])('%j: %s', (argv, message) => {
    expect(refusal({ argv })).toBe(message);
  });

  test('a bad environment variable is named before its flag', () => {
    expect(refusal({ env: { POLL: 'soon' } })).toMatch(/^POLL \(--poll-interval\): "soon" is not a duration/);
  });

  test('a missing required option names its flag and its variables', () => {
    expect(refusal({ env: { NODE_NAME: '' } })).toBe(
      '--node-name (or NODE_NAME, MY_NODE in the environment) is required',
    );
  });

  test('everything that is wrong is said at once, and the first flag is the field', () => {
    expect(() => load({ argv: ['--mask=x', '--mode=y'], env: { POLL: 'z' } })).toThrow(
      expect.objectContaining({
        field: '--poll-interval',
        message: expect.stringMatching(/POLL.*; --mode.*; --mask/),
      }),
    );
  });
});

describe('the configuration file', () => {
  const refuse = (file: string): string => refusal({ file, argv: ['--config=/etc/app.json'] });

  test('takes texts, numbers, booleans and lists', () => {
    const file = JSON.stringify({
      mask: 7,
      strict: true,
      names: ['x', 'y'],
      'poll-interval': '5s',
      nodeName: 'q',
    });
    expect(load({ file, argv: ['--config=/etc/app.json'], env: { NODE_NAME: '' } })).toMatchObject({
      mask: 7,
      strict: true,
      names: ['x', 'y'],
      poll: 5000,
      nodeName: 'q',
    });
  });

  test('a key that is unknown is refused with the nearest one', () => {
    expect(refuse('{"helth-port":1}')).toBe(
      '--config: /etc/app.json has the unknown key "helth-port", did you mean "health-port"?',
    );
  });

  test('a value of the wrong type is refused', () => {
    expect(refuse('{"poll-interval":30}')).toBe(
      '--config: "poll-interval" in /etc/app.json: "30" is not a duration',
    );
    expect(refuse('{"mode":"all"}')).toBe(
      '--config: "mode" in /etc/app.json: "all" is not one of shared, exclusive',
    );
    expect(refuse('{"names":[1]}')).toBe('--config: "names" in /etc/app.json: "[1]" is not a list');
    expect(refuse('{"mask":null}')).toBe('--config: "mask" in /etc/app.json: "null" is not a integer');
  });

  test.each(['', '[]', '"x"', 'a: b', 'null'])('%j is refused as not being a JSON object', (file) => {
    expect(refuse(file)).toMatch(/^--config: \/etc\/app.json (is not JSON|holds no JSON object)/);
  });
});
