import { expect, test } from '@jest/globals';
import { loadConfig } from '@rackwright/service';
import { type DriverAgentConfig, options } from './options.ts';

const load = (argv: string[], env: NodeJS.ProcessEnv = { NODE_NAME: 'n1' }): DriverAgentConfig =>
  loadConfig(options, { argv, env, readFile: () => '{}' });

test('the environment of the older operator is enough', () => {
  const env = {
    NODE_NAME: 'n1',
    CXI_DRIVER_VERSION: '13.0.0',
    DRIVER_SOURCE_TYPE: 'dkms',
    DKMS_TAG: 'release/x',
  };
  expect(load([], env)).toMatchObject({
    nodeName: 'n1',
    driverVersion: '13.0.0',
    driverSource: 'dkms',
    dkmsTag: 'release/x',
    healthPort: 8081,
    pollInterval: 30_000,
    heartbeatInterval: 300_000,
    switchIdMask: 0xfffc0,
  });
});

test('every flag of the older agent is accepted', () => {
  const flags = ['namespace', 'driver-source', 'dkms-source-url', 'dkms-tag', 'prebuilt-url'];
  const values = ['ns', 'prebuilt', 'https://x/y.tar.gz', 'v1', 'https://x'];
  expect(() => load(flags.map((flag, i) => `--${flag}=${values[i]}`))).not.toThrow();
});

test.each([
  [['--switch-id-mask=0'], 'is not within 1 and 0xfffff'],
  [['--switch-id-mask=0x100000'], 'is not within 1 and 0xfffff'],
  [['--poll-interval=10ms'], 'is shorter than 1s'],
  [['--driver-source=rpm'], 'is not one of preinstalled, dkms, prebuilt'],
])('%j is refused', (argv, why) => {
  expect(() => load(argv)).toThrow(why);
});

test('without a node name it does not start', () => {
  expect(() => load([], {})).toThrow('--node-name (or NODE_NAME in the environment) is required');
});
