import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { commonOptions, loadConfig, type OptionSpecs } from '@rackwright/service';
import fc from 'fast-check';
import { options as ai100Options } from '../../../apps/ai100-device-plugin/src/options/index.ts';
import { options as devicePluginOptions } from '../../../apps/cxi-device-plugin/src/options.ts';
import { options as exporterOptions } from '../../../apps/cxi-metrics-exporter/src/options.ts';
import { options as driverAgentOptions } from '../../../apps/driver-agent/src/options.ts';
import { options as discoveryOptions } from '../../../apps/node-discovery/src/options.ts';
import { options as nvmeExporterOptions } from '../../../apps/nvme-exporter/src/options.ts';
import { managerOptions } from '../../../apps/operator-manager/src/manager-options.ts';
import { options as retryHandlerOptions } from '../../../apps/retry-handler/src/options.ts';
import { workspaceRoot } from './projects.ts';

// Values of a chart that become flags: what the schema takes the app must start with.

interface Chart {
  readonly options: OptionSpecs;
  readonly template: string;
}

const charts: Readonly<Record<string, Chart>> = {
  'driver-agent': { options: driverAgentOptions, template: 'daemonset.yaml' },
  'cxi-device-plugin': { options: devicePluginOptions, template: 'daemonset.yaml' },
  'retry-handler': { options: retryHandlerOptions, template: 'daemonset.yaml' },
  'cxi-metrics-exporter': { options: exporterOptions, template: 'daemonset.yaml' },
  'ai100-device-plugin': { options: ai100Options, template: 'daemonset.yaml' },
  'nvme-exporter': { options: nvmeExporterOptions, template: 'daemonset.yaml' },
  'node-discovery': { options: discoveryOptions, template: 'daemonset.yaml' },
  'operator-manager': { options: { ...commonOptions, ...managerOptions }, template: 'deployment.yaml' },
};

/** Values that reach a flag through a helper. */
const helped: Readonly<Record<string, string>> = { 'node-root': 'host.root', 'host-root': 'host.root' };

/** `[flag, path of the value]` for every flag a template makes from a value. */
function flagsOf(template: string): [string, string][] {
  const direct = template.matchAll(
    /\(printf "--([a-z-]+)=:?%[sdt]" (?!\(include)[^\n]*?\.Values\.([A-Za-z.]+)/g,
  );
  const through = template.matchAll(/\(printf "--([a-z-]+)=%s" \(include "rackwright\.hostRoot"/g);
  const level: [string, string] = ['log-level', 'logLevel'];
  return [
    ...[...direct].map(([, flag = '', path = '']): [string, string] => [flag, path]),
    ...[...through].map(([, flag = '']): [string, string] => [flag, helped[flag] ?? '']),
    level,
  ];
}

type Schema = { readonly [key: string]: unknown };

function schemaAt(schema: Schema, path: string): Schema {
  return path.split('.').reduce<Schema>((found, key) => {
    const properties = found.properties as Record<string, Schema> | undefined;
    const below = properties?.[key];
    if (below === undefined) throw new Error(`no ${path} in the schema`);
    return below;
  }, schema);
}

const word = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.constantFrom(
    '',
    '/',
    '/a/../b',
    '..',
    'all',
    'none',
    'default',
    'all,default',
    'pct-no.x',
    'preinstalled',
  ),
  fc.constantFrom(
    '1987',
    'EIFZ',
    'shared',
    'restart',
    'cdi-cri',
    'debug',
    'hpe.com/cxi',
    'kubernetes.io/x',
    'hpe.com/-',
  ),
  fc.integer({ min: 0, max: 0xffffffff }).map((bits) => `0x${bits.toString(16)}`),
  fc.tuple(fc.nat(2000), fc.constantFrom('ms', 's', 'm', 'h')).map((pair) => pair.join('')),
  fc.stringMatching(/^[0-9]{0,3}(\.[0-9]{1,4})?(ms|s|m|h)?$/),
  fc.stringMatching(/^(\/[a-z.]{0,3}){1,5}$/),
  fc.stringMatching(/^[a-z.-]{1,10}\/[A-Za-z0-9._-]{1,10}$/),
);
const value = fc.oneof(
  { weight: 6, arbitrary: word },
  { weight: 2, arbitrary: fc.integer({ min: -1, max: 70_000 }) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 2, arbitrary: fc.array(word, { maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ['cxidriver'],
      ['all'],
      ['none'],
      ['all', 'x'],
      ['default', 'x'],
      ['1987'],
      ['EIFZ'],
    ),
  },
);

describe.each(Object.entries(charts))('the chart %s', (chart, { options, template }) => {
  test('takes no value that the app refuses', async () => {
    const folder = join(workspaceRoot, 'charts', chart);
    const schema = JSON.parse(await readFile(join(folder, 'values.schema.json'), 'utf8')) as Schema;
    const flags = flagsOf(await readFile(join(folder, 'templates', template), 'utf8'));
    expect(flags.length).toBeGreaterThan(3);
    for (const [flag, path] of flags) {
      const own = schemaAt(schema, path);
      const choices = Array.isArray(own.enum) ? [fc.constantFrom(...own.enum)] : [];
      let taken = 0;
      fc.assert(
        fc.property(fc.oneof(value, ...choices), (given) => {
          if (!takes(own, given)) return;
          taken += 1;
          const text = flagText(given, own);
          expect([flag, given, refusal(options, `--${flag}=${text}`)]).toEqual([flag, given, undefined]);
        }),
        { numRuns: 1000 },
      );
      expect([flag, taken > 0]).toEqual([flag, true]);
    }
  }, 60_000);
});

/** What the template makes of a value: Off without quotes is false to Helm. */
function flagText(given: unknown, { enum: choices }: Schema): string {
  if (given === false && Array.isArray(choices) && choices.includes('Off')) return 'Off';
  return Array.isArray(given) ? given.join(',') : String(given);
}

type Check = (rule: never, value: unknown) => boolean;
const isText = (value: unknown): value is string => typeof value === 'string';

/** What each keyword of a schema asks of a value; one that is missing here is an error, not a yes. */
const keywords: Readonly<Record<string, Check>> = {
  description: () => true,
  type: (types: string | string[], value) => [types].flat().includes(typeOf(value)),
  enum: (choices: unknown[], value) => choices.includes(value),
  minimum: (least: number, value) => typeof value !== 'number' || value >= least,
  maximum: (most: number, value) => typeof value !== 'number' || value <= most,
  maxLength: (most: number, value) => !isText(value) || value.length <= most,
  pattern: (pattern: string, value) => !isText(value) || new RegExp(pattern).test(value),
  format: (format: string, value) => format === 'regex' && isText(value) && isPattern(value),
  items: (schema: Schema, value) => !Array.isArray(value) || value.every((item) => takes(schema, item)),
  minItems: (least: number, value) => !Array.isArray(value) || value.length >= least,
  maxItems: (most: number, value) => !Array.isArray(value) || value.length <= most,
  anyOf: (schemas: Schema[], value) => schemas.some((schema) => takes(schema, value)),
  allOf: (schemas: Schema[], value) => schemas.every((schema) => takes(schema, value)),
  const: (wanted: unknown, value) => value === wanted,
  not: (schema: Schema, value) => !takes(schema, value),
};

function takes(schema: Schema, value: unknown): boolean {
  return Object.entries(schema).every(([keyword, rule]) => {
    const check = keywords[keyword];
    if (check === undefined) throw new Error(`the keyword ${keyword} is not understood here`);
    return check(rule as never, value);
  });
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function refusal(options: OptionSpecs, argument: string): string | undefined {
  try {
    loadConfig(options, { argv: [argument], env: { NODE_NAME: 'n' }, readFile: () => '{}' });
    return undefined;
  } catch (error) {
    return String(error);
  }
}
