import { describe, expect, test } from '@jest/globals';
import { type CxiDriver, type CxiDriverSpec, parseCxiDriver } from '@rackwright/api';
import { customResourceDefinition, definitions } from '@rackwright/api/generate';
import type { DaemonSet } from '@rackwright/kube';
import { loadConfig, type OptionSpecs } from '@rackwright/service';
import fc from 'fast-check';
import { options as devicePluginOptions } from '../../../../cxi-device-plugin/src/options.ts';
import { options as exporterOptions } from '../../../../cxi-metrics-exporter/src/options.ts';
import { options as driverAgentOptions } from '../../../../driver-agent/src/options.ts';
import { options as retryHandlerOptions } from '../../../../retry-handler/src/options.ts';
import { storedDriver, testSettings } from '../../testing/fixtures.ts';
import { manifests } from '../../testing/manifests.ts';

// What a CXIDriver says becomes flags of agents. A value the CRD takes and an agent refuses is an
// agent that crashes on every node; one the CRD alone refuses is something a user cannot have.

const agents: Readonly<Record<string, OptionSpecs>> = {
  'driver-agent': driverAgentOptions,
  'device-plugin': devicePluginOptions,
  'retry-handler': retryHandlerOptions,
  'metrics-exporter': exporterOptions,
};

interface Field {
  /** `component --flag` it becomes, in the order of the components. */
  readonly flags: readonly string[];
  readonly values: fc.Arbitrary<unknown>;
  /** Values an agent takes from others than the operator; default none. */
  readonly agentAlso?: (value: unknown) => boolean;
}

const text = fc.oneof(
  fc.string(),
  fc.string({ maxLength: 400 }),
  fc.constantFrom('', ' ', 'a,b', '--x', 'a\nb'),
);
const oneOf = (...choices: string[]) => fc.oneof(fc.constantFrom(...choices), text);
const near = (least: number, most: number) =>
  fc.oneof(
    fc.integer(),
    fc.integer({ min: least - 2, max: least + 2 }),
    fc.integer({ min: most - 2, max: most + 2 }),
  );
const resourceName = fc.oneof(
  fc.stringMatching(/^[a-z.-]{0,8}\/[A-Za-z0-9._-]{0,70}$/),
  fc.constantFrom(
    'hpe.com/cxi',
    'x.kubernetes.io/cxi',
    'requests.hpe.com/x',
    'hpe.com/cxi-vf',
    'beta.hpe.com/cxi',
  ),
  fc.nat(260).map((length) => `${'d'.repeat(length)}/x`),
  text,
);
const mask = fc.oneof(
  fc.integer({ min: -1, max: 0x200000 }).map((bits) => `0x${bits.toString(16)}`),
  fc.stringMatching(/^0[xX]?[0-9a-fA-F]{0,18}$/),
  fc.nat().map(String),
  text,
);
const telemetryWord = fc.oneof(
  fc.constantFrom('all', 'none', 'default', 'pct_no_tct_nacks', 'pct-no-tct.nacks', 'a.b', '../x', ''),
  fc.stringMatching(/^[A-Za-z0-9_]{1,130}$/),
  text,
);
const anything = (): boolean => true;

/** Every field of the spec that becomes a flag of an agent. */
const fields: Readonly<Record<string, Field>> = {
  version: { flags: ['driver-agent --driver-version'], values: text, agentAlso: anything },
  'source.type': {
    flags: ['driver-agent --driver-source'],
    values: oneOf('preinstalled'),
    // These need more than their name.
    agentAlso: (value) => value === 'dkms' || value === 'prebuilt',
  },
  'driverAgent.switchIdMask': {
    flags: ['driver-agent --switch-id-mask', 'metrics-exporter --switch-id-mask'],
    values: mask,
    // The older agent took decimals, and flags take 0X.
    agentAlso: (value) => /^([0-9]+|0X.*)$/.test(String(value)),
  },
  'retryHandler.conf': {
    flags: ['retry-handler --conf'],
    values: oneOf('/etc/a.conf', '/etc/../x'),
    agentAlso: anything,
  },
  'retryHandler.onCrash': { flags: ['retry-handler --on-crash'], values: oneOf('markUnhealthy', 'restart') },
  'devicePlugin.resourceName': {
    flags: ['device-plugin --resource-name'],
    values: resourceName,
    // Names that two kinds of NICs would share are refused when all names are known.
    agentAlso: (value) => value === 'hpe.com/cxi-vf' || value === 'beta.hpe.com/cxi',
  },
  'devicePlugin.legacyResourceName': {
    flags: ['device-plugin --legacy-resource-name'],
    values: resourceName,
    agentAlso: (value) => value === 'hpe.com/cxi-vf' || value === 'hpe.com/cxi',
  },
  'devicePlugin.sharingMode': {
    flags: ['device-plugin --sharing-mode'],
    values: oneOf('shared', 'exclusive'),
  },
  'devicePlugin.sharedCapacity': { flags: ['device-plugin --shared-capacity'], values: near(1, 10_000) },
  'devicePlugin.allocateMode': {
    flags: ['device-plugin --allocate-mode'],
    values: oneOf('device-nodes', 'cdi-cri', 'cdi-annotations'),
  },
  'devicePlugin.requireRetryHandler': {
    flags: [
      'driver-agent --require-retry-handler',
      'device-plugin --require-retry-handler',
      'metrics-exporter --require-retry-handler',
    ],
    values: fc.boolean(),
  },
  'metricsExporter.port': {
    flags: ['metrics-exporter --metrics-port'],
    values: near(1, 65_535),
    // Any free port, for tests.
    agentAlso: (value) => value === 0,
  },
  'metricsExporter.telemetry': {
    flags: ['metrics-exporter --telemetry'],
    values: fc.oneof(fc.array(telemetryWord, { maxLength: 3 }), fc.constant(['all', 'all'])),
    // A flag parts at commas and drops blanks, and a word twice is that word.
    agentAlso: (value) =>
      (value as string[]).some((word) => /,|^\s*$|^\s|\s$/.test(word)) ||
      new Set(value as string[]).size === 1,
  },
};

/** The spec with a value at a path. */
function withValue(spec: object, path: string, value: unknown): Record<string, unknown> {
  const [first = '', ...rest] = path.split('.');
  const record = spec as Record<string, unknown>;
  const below = (record[first] ?? {}) as object;
  return { ...record, [first]: rest.length === 0 ? value : withValue(below, rest.join('.'), value) };
}

function parsed(path: string, value: unknown): ReturnType<typeof parseCxiDriver> {
  const spec = withValue({ version: '13.0.0' }, path, value);
  return parseCxiDriver({ apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', metadata: { name: 'cxi' }, spec });
}

/** Flags of each agent, as `component --flag` → its text. */
function flagsOf(driver: CxiDriver): Map<string, string> {
  const sets = manifests(driver, testSettings).filter(({ kind }) => kind === 'DaemonSet') as DaemonSet[];
  return new Map(
    sets.flatMap(({ metadata, spec }) => {
      const component = (metadata?.name ?? '').replace(/^cxi-/, '');
      return (spec?.template.spec?.containers[0]?.args ?? []).map((arg): [string, string] => {
        const [flag = '', ...value] = arg.split('=');
        return [`${component} ${flag}`, value.join('=')];
      });
    }),
  );
}

/** Whether the agent would start with the flag; the sentence with which it refuses otherwise. */
function refusal(flag: string, value: string): string | undefined {
  const [component = '', name = ''] = flag.split(' ');
  const sources = { argv: [`${name}=${value}`], env: { NODE_NAME: 'n' }, readFile: () => '{}' };
  try {
    loadConfig(agents[component] ?? {}, sources);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

describe.each(Object.entries(fields))('spec.%s', (path, { flags, values, agentAlso = () => false }) => {
  test('is taken by the CRD exactly if the agents start with it', () => {
    fc.assert(
      fc.property(values, (value) => {
        const driver = parsed(path, value);
        if (driver.ok) {
          const found = flagsOf(driver.value);
          for (const flag of flags) {
            const given = found.get(flag);
            if (given !== undefined) expect(refusal(flag, given)).toBeUndefined();
          }
        } else if (!agentAlso(value)) {
          // What the operator would write had the CRD let it through.
          const unchecked = withValue(storedDriver().spec, path, value) as unknown as CxiDriverSpec;
          const found = flagsOf({ ...storedDriver(), spec: unchecked });
          expect(flags.map((flag) => refusal(flag, found.get(flag) ?? ''))).not.toContain(undefined);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test('every field that becomes a flag is compared above', () => {
  const base = { ...storedDriver(), spec: everyField(specSchema()) as CxiDriverSpec };
  const before = flagsOf(base);
  const found = leaves(base.spec).map(([path, value]): [string, string[]] => {
    const changed = withValue(base.spec, path, another(value)) as unknown as CxiDriverSpec;
    // Switching a component off takes all of its flags away, and changes none.
    const after = [...flagsOf({ ...base, spec: changed })];
    return [path, after.filter(([flag, given]) => before.get(flag) !== given).map(([flag]) => flag)];
  });
  const fed = Object.fromEntries(found.filter(([, flags]) => flags.length > 0));
  expect(fed).toEqual(Object.fromEntries(Object.entries(fields).map(([path, { flags }]) => [path, flags])));
});

interface Schema {
  readonly type?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The schema of `.spec` in the CRD. */
function specSchema(): Schema {
  const definition = definitions.find(({ resource }) => resource.kind === 'CXIDriver');
  if (definition === undefined) throw new Error('no CXIDriver');
  const { spec } = customResourceDefinition(definition) as unknown as {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
  };
  return spec.versions[0]?.schema.openAPIV3Schema.properties?.spec ?? {};
}

/** A value with every field there can be. */
function everyField({ type, default: usual, enum: choices, properties }: Schema): unknown {
  if (properties !== undefined) {
    return Object.fromEntries(Object.entries(properties).map(([key, below]) => [key, everyField(below)]));
  }
  const samples: Record<string, unknown> = { string: 'x', integer: 1, boolean: true, array: ['x'] };
  return usual ?? choices?.[0] ?? samples[type ?? ''] ?? {};
}

/** Every value of a spec that is no block, by its path. */
function leaves(value: object, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, below]): [string, unknown][] =>
    typeof below === 'object' && below !== null && !Array.isArray(below)
      ? leaves(below, `${prefix}${key}.`)
      : [[`${prefix}${key}`, below]],
  );
}

function another(value: unknown): unknown {
  if (Array.isArray(value)) return [...value, 'another'];
  if (typeof value === 'boolean') return !value;
  return typeof value === 'number' ? value + 1 : 'another';
}
