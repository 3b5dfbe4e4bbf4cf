import { expect, test } from '@jest/globals';
import { type AidaptivCache, parseAidaptivCache } from '@rackwright/api';
import { loadConfig } from '@rackwright/service';
import fc from 'fast-check';
import { options as pluginOptions } from '../../../../ai100-device-plugin/src/options/index.ts';
import { settings as pluginSettings } from '../../../../ai100-device-plugin/src/settings.ts';
import { options as exporterOptions } from '../../../../nvme-exporter/src/options.ts';
import { testSettings } from '../testing/cache-environment.ts';
import { wantedAgents } from './index.ts';

// What an AidaptivCache says becomes flags of agents. A value the CRD takes and an agent refuses is
// an agent that crashes on every node.

const metadata = { name: 'default', uid: 'u' };

/** The flags of one agent, and what it makes of them. */
function argsOf(spec: object, name: string): string[] {
  const parsed = parseAidaptivCache({ metadata, spec } as AidaptivCache);
  if (!parsed.ok) throw parsed.error;
  const agent = wantedAgents(parsed.value, testSettings).find(({ component }) => component === name);
  const daemonSet = agent?.objects.find(({ kind }) => kind === 'DaemonSet') as {
    spec: { template: { spec: { containers: { args: string[] }[] } } };
  };
  return daemonSet.spec.template.spec.containers[0]?.args ?? [];
}

const load = { env: { NODE_NAME: 'n' }, readFile: () => '{}' };
const plugin = (spec: object) => {
  const config = loadConfig(pluginOptions, { ...load, argv: argsOf(spec, 'ai100-device-plugin') });
  return { config, settings: pluginSettings(config) };
};
const exporter = (spec: object) =>
  loadConfig(exporterOptions, { ...load, argv: argsOf(spec, 'nvme-exporter') });

const word = (pattern: RegExp) => fc.stringMatching(pattern);
const path = fc.oneof(word(/^(\/[ -.0-~]{1,8}){1,3}$/), fc.constantFrom('/mnt/nvme0', '/etc/x', '/a/../b'));
const within = (min: number, max: number) => fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }));
const maybe = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { requiredKeys: [] });

const accepted = (spec: object): boolean => parseAidaptivCache({ metadata, spec } as AidaptivCache).ok;

/** Most of what is drawn is refused: each block is drawn until it is not. */
const block = (name: string, fields: Parameters<typeof maybe>[0]) =>
  maybe(fields).filter((value) => accepted({ [name]: value }));

const specs = maybe({
  discovery: block('discovery', {
    modelPattern: fc.oneof(word(/^[ -~]{1,12}$/), fc.constantFrom('(?i)x', '[', 'a{2}')),
    pciVendors: fc.array(word(/^[0-9a-fA-F]{3,5}$/), { maxLength: 3 }),
    match: fc.constantFrom('ModelAndVendor', 'Model', 'AnyNvme'),
    allowSerials: fc.array(word(/^[ -~]{1,21}$/), { maxLength: 3 }),
    denySerials: fc.array(word(/^[ -~]{1,21}$/), { maxLength: 3 }),
    intervalSeconds: within(10, 3600),
  }),
  firmware: block('firmware', {
    check: fc.constantFrom('Enforce', 'Warn', 'Skip'),
    allowed: fc.array(word(/^[ -~]{1,9}$/), { minLength: 1, maxLength: 3 }),
  }),
  cache: block('cache', {
    layout: fc.constantFrom('Striped', 'PerDevice'),
    minDevices: within(1, 32),
    expectedDevices: within(0, 32),
    settleSeconds: within(0, 600),
    volumeGroup: word(/^[A-Za-z0-9_+.-]{1,64}$/),
    logicalVolume: word(/^[A-Za-z0-9_+.-]{1,64}$/),
    stripeSizeKiB: within(4, 1024),
    filesystem: fc.constantFrom('xfs', 'ext4'),
    mountOptions: fc.array(word(/^[a-z0-9_=.,-]{1,9}$/), { maxLength: 2 }),
    hostPath: path,
    podPath: path,
    adopt: fc.constantFrom('Never', 'IfMatching'),
    create: fc.boolean(),
    dataPolicy: fc.constantFrom('Preserve', 'Ephemeral'),
  }),
  devicePlugin: block('devicePlugin', {
    resourceName: word(/^[a-z.-]{1,8}\/[A-Za-z0-9._-]{1,9}$/),
    replicasPerDevice: within(1, 64),
    isolation: fc.constantFrom('None', 'Directory', 'DirectoryQuota'),
    injection: fc.constantFrom('Mount', 'CDI'),
    passBlockDevices: fc.boolean(),
  }),
  health: block('health', {
    pollSeconds: within(5, 600),
    commandTimeoutSeconds: within(2, 60),
    percentageUsedWarn: within(1, 255),
    mediaErrorsPerHourMax: fc.integer({ min: 0 }),
    resettingGraceSeconds: within(15, 900),
    unhealthyOnWarningBits: fc.array(within(0, 5), { maxLength: 6 }),
  }),
  recovery: block('recovery', {
    mode: fc.constantFrom('Off', 'DryRun', 'Auto'),
    actions: fc.subarray([
      'Rescan',
      'Remount',
      'ControllerReset',
      'LvmReactivate',
      'EvictConsumers',
      'PciRescan',
      'Rebuild',
    ]),
    maxResetsPerDevicePerHour: within(0, 10),
    maxConcurrentNodes: within(1, 100),
    cooldownSeconds: within(60, 86_400),
    maxAttempts: within(1, 20),
  }),
  exporter: block('exporter', {
    port: within(1024, 65_535),
    scope: fc.constantFrom('Managed', 'AllNvme', 'AllDisk'),
    source: fc.constantFrom('Agent', 'Direct', 'Auto'),
    pollSeconds: within(10, 3600),
  }),
});

test('what an AidaptivCache may say, its agents take', () => {
  fc.assert(
    fc.property(specs.filter(accepted), (spec) => {
      expect(() => plugin(spec)).not.toThrow();
      expect(() => exporter(spec)).not.toThrow();
    }),
    { numRuns: 100 },
  );
});

test('an AidaptivCache that says nothing has the defaults of the agents', () => {
  const { config } = plugin({});
  const own = ['hostRoot', 'nodeRoot', 'clusterId', 'healthPort', 'kubeletDir'];
  const bare = loadConfig(pluginOptions, { ...load, argv: [] });
  for (const [name, value] of Object.entries(bare)) {
    if (!own.includes(name)) expect([name, config[name as keyof typeof config]]).toEqual([name, value]);
  }
});

test('arguments of the user win over the fields', () => {
  const devicePlugin = { arguments: ['-m', '/mnt/other', '-f', 'XXXX', '--cache-create=false'] };
  const { config, settings } = plugin({ devicePlugin, cache: { hostPath: '/mnt/field' } });
  expect(settings).toMatchObject({ hostPath: '/mnt/other', selection: { firmwareAllowed: ['XXXX'] } });
  expect(config.cacheCreate).toBe(false);
});
