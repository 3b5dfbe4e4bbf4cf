import type { RetryHandlerEntry } from '@rackwright/hardware-cxi';
import { isHandlerOf } from './command.ts';
import type { CrashPolicy, HandlerRecord, Instant, Phase, ProcessId } from './model.ts';
import { isAlive, type ProcessTable } from './proc.ts';
import { blank } from './transition.ts';

/** What a new supervisor decides from which processes it takes over. */
export interface ReadoptionInput {
  /** What an earlier supervisor of this node wrote last. */
  readonly entries: readonly RetryHandlerEntry[];
  readonly policy: CrashPolicy;
  readonly table: ProcessTable;
  readonly now: Instant;
}

/**
 * What a new supervisor takes over from the one before it. A process that is
 * provably that one's handler (pid, start time and arguments) is watched on; a
 * handler that ran and is gone without having been stopped died; and with
 * `markUnhealthy` a NIC that needed a reboot still does: /run is empty after one.
 */
export function readopt({ entries, policy, table, now }: ReadoptionInput): HandlerRecord[] {
  return entries.flatMap((entry) => {
    const phase = readoptedPhase(entry, policy, table);
    if (phase === undefined) return [];
    return [
      {
        ...blank(entry.device, now),
        phase,
        ...('process' in phase || phase.kind === 'ended' ? { startedAt: now } : {}),
        failures: phase.kind === 'ended' ? 1 : 0,
        rebootRequired: entry.rebootRequired && policy.onCrash === 'markUnhealthy',
        ...lastExit(entry),
        ...(phase.kind === 'ended' ? { lastError: 'the retry handler ended while nobody watched it' } : {}),
      },
    ];
  });
}

function readoptedPhase(
  entry: RetryHandlerEntry,
  policy: CrashPolicy,
  table: ProcessTable,
): Phase | undefined {
  const process = processOf(entry);
  if (process !== undefined && isAlive(table, process)) {
    if (isHandlerOf(table.commandLine(process.pid), entry.device, entry.configFile ?? ''))
      return { kind: 'starting', process };
  }
  if (entry.state === 'Running' || entry.state === 'Starting')
    return { kind: 'ended', registered: entry.state === 'Running', ranMs: 0 };
  return entry.rebootRequired && policy.onCrash === 'markUnhealthy' ? { kind: 'failed' } : undefined;
}

/** Only with a start time is a pid proof of anything. */
function processOf(entry: RetryHandlerEntry): ProcessId | undefined {
  return entry.pid === undefined || entry.startTicks === undefined
    ? undefined
    : { pid: entry.pid, startTicks: entry.startTicks };
}

function lastExit({ lastExit: exit }: RetryHandlerEntry): Pick<HandlerRecord, 'lastExit'> {
  if (exit === undefined) return {};
  return { lastExit: { code: exit.code, signal: exit.signal, atWall: Date.parse(exit.at) || 0 } };
}
