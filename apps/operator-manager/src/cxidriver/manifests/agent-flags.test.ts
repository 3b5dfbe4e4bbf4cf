import { expect, test } from '@jest/globals';
import type { DaemonSet } from '@rackwright/kube';
import { loadConfig } from '@rackwright/service';
import { options as devicePluginOptions } from '../../../../cxi-device-plugin/src/options.ts';
import { options as exporterOptions } from '../../../../cxi-metrics-exporter/src/options.ts';
import { options as driverAgentOptions } from '../../../../driver-agent/src/options.ts';
import { options as retryHandlerOptions } from '../../../../retry-handler/src/options.ts';
import { storedDriver, testSettings } from '../../testing/fixtures.ts';
import { manifests } from '../../testing/manifests.ts';

// The agents' own option tables, read as their processes would: no flag may be unknown or out of range.

const driver = storedDriver({
  version: '14.0.1',
  driverAgent: { switchIdMask: '0xff000' },
  retryHandler: { onCrash: 'restart', conf: '/etc/cxi_rh.conf' },
  devicePlugin: {
    requireRetryHandler: true,
    sharingMode: 'exclusive',
    sharedCapacity: 7,
    legacyResourceName: '',
  },
  metricsExporter: { port: 9999, telemetry: ['default', 'pct_no_tct_nacks'] },
});

function args(component: string): string[] {
  const found = manifests(driver, { ...testSettings, hostRoot: '/sim' }).find(
    ({ kind, metadata }) => kind === 'DaemonSet' && metadata?.name === `cxi-${component}`,
  ) as DaemonSet | undefined;
  return found?.spec?.template.spec?.containers[0]?.args ?? [];
}

const sources = (component: string) => ({
  argv: args(component),
  env: { NODE_NAME: 'node-a' },
  readFile: () => '{}',
});

test('the driver agent understands its settings', () => {
  expect(loadConfig(driverAgentOptions, sources('driver-agent'))).toMatchObject({
    hostRoot: '/host',
    nodeName: 'node-a',
    driverSource: 'preinstalled',
    driverVersion: '14.0.1',
    switchIdMask: 0xff000,
    requireRetryHandler: true,
    healthPort: 8081,
  });
});

test('the device plugin understands its settings', () => {
  expect(loadConfig(devicePluginOptions, sources('device-plugin'))).toMatchObject({
    hostRoot: '/host',
    nodeRoot: '/sim',
    resourceName: 'hpe.com/cxi',
    legacyResourceName: '',
    sharingMode: 'exclusive',
    sharedCapacity: 7,
    allocateMode: 'device-nodes',
    requireRetryHandler: true,
    kubeletDir: '/var/lib/kubelet/device-plugins',
    healthPort: 8082,
  });
});

test('the retry handler understands its settings', () => {
  expect(loadConfig(retryHandlerOptions, sources('retry-handler'))).toMatchObject({
    hostRoot: '/host',
    nodeRoot: '/sim',
    mode: 'supervisor',
    cxiRhPath: '/usr/bin/cxi_rh',
    conf: '/etc/cxi_rh.conf',
    onCrash: 'restart',
    healthPort: 8080,
  });
});

test('the metrics exporter understands its settings', () => {
  expect(loadConfig(exporterOptions, sources('metrics-exporter'))).toMatchObject({
    hostRoot: '/host',
    metricsPort: 9999,
    telemetry: ['default', 'pct_no_tct_nacks'],
    switchIdMask: 0xff000,
  });
});
