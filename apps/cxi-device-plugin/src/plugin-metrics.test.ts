import { expect, test } from '@jest/globals';
import { prometheusPluginMetrics } from '@rackwright/kubelet';
import { createMetrics, Registry } from '@rackwright/service';
import { disliked, promtoolExpected } from '@rackwright/testbed/without-nodes';
import { noun } from './model.ts';
import { nic } from './testing/nics.ts';

const ifPromtool = promtoolExpected() ? test : test.skip;

ifPromtool('promtool likes every name in /metrics (needs promtool)', async () => {
  const registry = createMetrics({ app: 'cxi-device-plugin', version: '1.2.3', startedAtMs: 0 });
  const metrics = prometheusPluginMetrics(registry, noun, () => ({ profiles: [], devices: [] }));
  metrics.registered('hpe.com/cxi', true);
  metrics.listed('hpe.com/cxi', []);
  metrics.allocated('hpe.com/cxi', 2);
  metrics.refused('hpe.com/cxi', 'Allocate', 'InvalidArgument');
  metrics.cdiUpdated('written');
  expect(disliked(await registry.metrics())).toEqual([]);
});

test('dashboards find every metric by the name, type and help it always had', async () => {
  const registry = new Registry();
  const metrics = prometheusPluginMetrics(registry, noun, () => ({
    profiles: [],
    devices: [nic('cxi0'), nic('cxi1', { healthy: false, reason: 'LinkDown' })],
  }));
  metrics.allocated('hpe.com/cxi', 2);
  expect((await registry.metrics()).split('\n').filter((line) => line !== '')).toEqual([
    '# HELP device_plugin_allocations_total Allocate calls that were answered.',
    '# TYPE device_plugin_allocations_total counter',
    'device_plugin_allocations_total{resource="hpe.com/cxi"} 1',
    '# HELP device_plugin_allocated_devices_total Device ids that were allocated.',
    '# TYPE device_plugin_allocated_devices_total counter',
    'device_plugin_allocated_devices_total{resource="hpe.com/cxi"} 2',
    '# HELP device_plugin_refusals_total Calls of the kubelet that were refused, by reason.',
    '# TYPE device_plugin_refusals_total counter',
    '# HELP device_plugin_registrations_total Registrations with the kubelet.',
    '# TYPE device_plugin_registrations_total counter',
    '# HELP device_plugin_list_updates_total Device lists sent to the kubelet.',
    '# TYPE device_plugin_list_updates_total counter',
    '# HELP device_plugin_cdi_updates_total Changes of the CDI specification file.',
    '# TYPE device_plugin_cdi_updates_total counter',
    '# HELP device_plugin_devices Device ids offered to the kubelet, by health.',
    '# TYPE device_plugin_devices gauge',
    '# HELP device_plugin_withheld_devices NICs of the node that are not given to pods, by reason.',
    '# TYPE device_plugin_withheld_devices gauge',
    'device_plugin_withheld_devices{device="cxi1",reason="LinkDown"} 1',
  ]);
});
