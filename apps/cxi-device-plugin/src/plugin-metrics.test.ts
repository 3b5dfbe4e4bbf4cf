import { expect, test } from '@jest/globals';
import { createMetrics } from '@rackwright/service';
import { disliked, promtoolExpected } from '@rackwright/testbed';
import { pluginMetrics } from './plugin-metrics.ts';

const ifPromtool = promtoolExpected() ? test : test.skip;

ifPromtool('promtool likes every name in /metrics (needs promtool)', async () => {
  const registry = createMetrics({ app: 'cxi-device-plugin', version: '1.2.3', startedAtMs: 0 });
  const metrics = pluginMetrics(registry, () => ({ profiles: [], nics: [] }));
  metrics.registered('hpe.com/cxi', true);
  metrics.listed('hpe.com/cxi', []);
  metrics.granted('hpe.com/cxi', 2);
  metrics.refused('hpe.com/cxi', 'Allocate', 'InvalidArgument');
  metrics.cdiUpdated('written');
  expect(disliked(await registry.metrics())).toEqual([]);
});
