import { ai100PluginMetric as names } from '@rackwright/keys';
import { Counter, Gauge, type Registry } from '@rackwright/service';
import type { HealthTracker } from '../health/health-tracker.ts';
import type { Recovery } from './recovery.ts';
import type { Counted } from './tally.ts';

/** Shows, when scraped, what recovery decided and did. */
export function recoveryMetrics(
  registry: Registry,
  recovery: Pick<Recovery, 'actions' | 'decisions'>,
  { drives }: Pick<HealthTracker, 'drives'>,
): void {
  const registers = [registry];
  counter(registers, names.recoveryActions, 'What was done to bring drives back.', 'action', () => {
    return recovery.actions.counts;
  });
  const decisions = 'What was decided about drives that failed, at each look.';
  counter(registers, names.recoveryDecisions, decisions, 'decision', () => recovery.decisions.counts);
  new Gauge({
    name: names.quarantinedDrives,
    help: 'Drives that are left to people.',
    registers,
    collect() {
      this.set(drives.value.filter(({ health }) => health.state === 'Quarantined').length);
    },
  });
}

function counter(
  registers: Registry[],
  name: string,
  help: string,
  what: 'action' | 'decision',
  counts: () => readonly Counted[],
): void {
  const result = what === 'action' ? 'result' : 'reason';
  new Counter({
    ...{ name, help, registers, labelNames: [what, result] },
    collect() {
      this.reset();
      for (const one of counts()) this.inc({ [what]: one.what, [result]: one.result }, one.count);
    },
  });
}
