import { cxiMetric } from '@rackwright/keys';
import { Counter, Gauge, type Registry } from '@rackwright/service';
import { publicState } from './entries.ts';
import type { Exit, HandlerRecord } from './model.ts';

/** Counts an end of a handler. */
export type CountExit = (device: string, exit: Exit, expected: boolean) => void;

/** Why a handler ended, as a metric label. */
export function exitCause(
  exit: Exit,
  expected: boolean,
): 'stopped' | 'clean' | 'error' | 'signal' | 'unseen' {
  if (expected) return 'stopped';
  if (exit.signal !== null) return 'signal';
  if (exit.code === null) return 'unseen';
  return exit.code === 0 ? 'clean' : 'error';
}

/** Registers the supervisor's metrics; the first two are read from `records` at each scrape. */
export function createSupervisorMetrics(
  registry: Registry,
  records: () => readonly HandlerRecord[],
): CountExit {
  new Gauge({
    name: cxiMetric.supervisedHandlers,
    help: 'NICs by the state of their retry handler; always 1.',
    labelNames: ['device', 'state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const record of records()) this.set({ device: record.device, state: publicState(record) }, 1);
    },
  });
  new Counter({
    name: cxiMetric.supervisorRestarts,
    help: 'Starts of a retry handler after the first one.',
    labelNames: ['device'],
    registers: [registry],
    collect() {
      this.reset();
      for (const record of records()) this.inc({ device: record.device }, record.restarts);
    },
  });
  const exits = new Counter({
    name: cxiMetric.supervisorExits,
    help: 'Ends of retry handlers by cause.',
    labelNames: ['device', 'cause'],
    registers: [registry],
  });
  return (device, exit, expected) => exits.inc({ device, cause: exitCause(exit, expected) });
}
