import type { RetryHandlerEntry, RetryHandlerState } from '@rackwright/hardware-cxi';
import { type Exit, type HandlerRecord, type Phase, processOf } from './model.ts';

const states: Readonly<Record<Phase['kind'], RetryHandlerEntry['state']>> = {
  launching: 'Starting',
  starting: 'Starting',
  running: 'Running',
  stopping: 'Stopped',
  ended: 'Backoff',
  external: 'External',
  backoff: 'Backoff',
  waiting: 'Backoff',
  failed: 'Failed',
  stopped: 'Stopped',
};

/** What other agents are told of a NIC's handler. */
export function handlerEntry(record: HandlerRecord, conf: string): RetryHandlerEntry {
  const process = processOf(record.phase);
  return {
    device: record.device,
    state: publicState(record),
    ...(process !== undefined && { pid: process.pid }),
    ...(process?.startTicks !== undefined && { startTicks: process.startTicks }),
    restarts: record.restarts,
    since: new Date(record.since.wall).toISOString(),
    rebootRequired: record.rebootRequired,
    ...(record.lastExit !== undefined && { lastExit: exitEntry(record.lastExit) }),
    ...(conf !== '' && { configFile: conf }),
  };
}

/** The state file's content, but for when it was written. */
export function handlerEntries(
  records: readonly HandlerRecord[],
  conf: string,
): RetryHandlerState['handlers'] {
  return records.map((record) => handlerEntry(record, conf));
}

/** The name others know the state by. */
export function publicState(record: HandlerRecord): RetryHandlerEntry['state'] {
  return states[record.phase.kind];
}

/** True if the NIC is served, by our handler or by somebody else's. */
export function isServed(record: HandlerRecord): boolean {
  return record.phase.kind === 'running' || record.phase.kind === 'external';
}

function exitEntry(exit: Exit): NonNullable<RetryHandlerEntry['lastExit']> {
  return { code: exit.code, signal: exit.signal, at: new Date(exit.atWall).toISOString() };
}
