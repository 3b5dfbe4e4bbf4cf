import { expect, test } from '@jest/globals';
import { loadConfig } from '@rackwright/service';
import { cxiSettings } from './cxidriver/settings.ts';
import { managerOptions } from './manager-options.ts';

function settings(argv: string[], env: NodeJS.ProcessEnv = {}) {
  return cxiSettings(loadConfig(managerOptions, { argv, env, readFile: () => '{}' }), '1.2.3');
}

test('images have the operator’s own version unless told otherwise', () => {
  expect(settings([]).images).toEqual({
    'driver-agent': 'ghcr.io/rackwright/driver-agent:1.2.3',
    'device-plugin': 'ghcr.io/rackwright/cxi-device-plugin:1.2.3',
    'retry-handler': 'ghcr.io/rackwright/retry-handler:1.2.3',
    'metrics-exporter': 'ghcr.io/rackwright/cxi-metrics-exporter:1.2.3',
  });
});

test('a registry and tag are for all of them, a flag or the older variable for one', () => {
  const argv = ['--image-registry=mirror.test/x', '--image-tag=9', '--device-plugin-image=own.test/p:1'];
  const { images } = settings(argv, { RETRY_HANDLER_IMAGE: 'own.test/rh:2' });
  expect(images).toEqual({
    'driver-agent': 'mirror.test/x/driver-agent:9',
    'device-plugin': 'own.test/p:1',
    'retry-handler': 'own.test/rh:2',
    'metrics-exporter': 'mirror.test/x/cxi-metrics-exporter:9',
  });
});

test.each([
  [[], ['amd64']],
  [['--agent-architectures=amd64,arm64'], ['amd64', 'arm64']],
  [['--agent-architectures='], []],
])('%j holds agents to nodes of %j', (argv, expected) =>
  expect(settings(argv).architectures).toEqual(expected),
);

test('a pull secret that is named twice, by the chart and for all charts, is in the pods once', () => {
  const argv = ['--image-pull-secrets=regcred,own,regcred'];
  expect(settings(argv).imagePullSecrets).toEqual(['regcred', 'own']);
});

test.each([
  [['--image-pull-secrets=a,Not_A_Secret'], '"Not_A_Secret"'],
  [['--agent-architectures=x64'], '--agent-architectures'],
  [['--agent-selinux-type=user:role:type'], '--agent-selinux-type'],
  [['--metrics-cert-path=relative'], '--metrics-cert-path'],
  [['--controllers=cxidriver,pmem'], '--controllers'],
  [['--host-root=relative'], '--host-root'],
  [['--kubelet-dir=/a/../b'], '--kubelet-dir'],
  [[`--kubelet-dir=/${'d'.repeat(54)}`], 'at most 54 bytes'],
])('%j is refused with the flag named', (argv, flag) => expect(() => settings(argv)).toThrow(flag));
