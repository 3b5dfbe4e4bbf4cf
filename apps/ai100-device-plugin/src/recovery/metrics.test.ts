import { expect, test } from '@jest/globals';
import { Latest } from '@rackwright/core';
import { Registry } from '@rackwright/service';
import type { TrackedDrive } from '../health/health-tracker.ts';
import { health, tracked } from '../testing/told.ts';
import { recoveryMetrics } from './metrics.ts';
import { Tally } from './tally.ts';

test('what was decided and done, and how many drives are left to people, is counted', async () => {
  const registry = new Registry();
  const recovery = { actions: new Tally(), decisions: new Tally() };
  const drives = new Latest<readonly TrackedDrive[]>([]);
  recoveryMetrics(registry, recovery, { drives });
  for (const result of ['Failed', 'Failed', 'Succeeded']) recovery.actions.add('ControllerReset', result);
  recovery.decisions.add('wait', 'Maintenance');
  drives.set([tracked('A'), tracked('B', health('Quarantined'))]);
  // Once more, as the next scrape does: nothing is counted twice.
  await registry.metrics();
  expect((await registry.metrics()).split('\n').filter((line) => /^[^#]/.test(line))).toEqual([
    'ai100_device_plugin_recovery_actions_total{action="ControllerReset",result="Failed"} 2',
    'ai100_device_plugin_recovery_actions_total{action="ControllerReset",result="Succeeded"} 1',
    'ai100_device_plugin_recovery_decisions_total{decision="wait",reason="Maintenance"} 1',
    'ai100_device_plugin_quarantined_drives 1',
  ]);
});
