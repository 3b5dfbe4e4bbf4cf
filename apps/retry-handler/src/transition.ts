import type { Exit, HandlerRecord, Instant, Phase, ProcessId } from './model.ts';
import type { Action } from './plan.ts';

/** What we remember after a step of the plan; undefined when the NIC is forgotten. */
export function afterAction(
  record: HandlerRecord | undefined,
  action: Action,
  now: Instant,
): HandlerRecord | undefined {
  const known = record ?? blank(action.device, now);
  switch (action.type) {
    case 'start':
      return enter(known, { kind: 'launching' }, now);
    case 'stop':
      return 'process' in known.phase
        ? enter(known, { kind: 'stopping', process: known.phase.process }, now)
        : known;
    case 'adopt':
      return {
        ...enter(known, { kind: 'external' }, now),
        rebootRequired: known.rebootRequired || action.rebootRequired,
      };
    case 'register':
      return 'process' in known.phase
        ? cleared(enter(known, registered(known.phase.process, action.eq), now))
        : known;
    case 'settle':
      return { ...known, failures: 0 };
    case 'backOff':
      return enter(known, { kind: 'backoff', untilMono: now.mono + action.delayMs }, now);
    case 'wait':
      return known.phase.kind === 'waiting'
        ? known
        : { ...enter(known, { kind: 'waiting' }, now), lastError: action.reason };
    case 'fail':
      return { ...enter(known, { kind: 'failed' }, now), lastError: action.reason, rebootRequired: true };
    case 'forget':
      return undefined;
  }
}

/** A process was started for the NIC. */
export function afterLaunch(record: HandlerRecord, process: ProcessId, now: Instant): HandlerRecord {
  const again = record.startedAt !== undefined;
  return {
    ...enter(record, { kind: 'starting', process }, now),
    startedAt: now,
    restarts: record.restarts + (again ? 1 : 0),
  };
}

/** No process could be started for the NIC. */
export function afterFailedLaunch(record: HandlerRecord, reason: string, now: Instant): HandlerRecord {
  const phase: Phase = { kind: 'ended', registered: false, ranMs: 0 };
  return { ...enter(record, phase, now), failures: record.failures + 1, lastError: reason };
}

/** The NIC's process ended. */
export function afterExit(record: HandlerRecord, exit: Exit, reason: string, now: Instant): HandlerRecord {
  if (record.phase.kind === 'stopping') return { ...enter(record, { kind: 'stopped' }, now), lastExit: exit };
  const { phase, startedAt } = record;
  const ended: Phase = {
    kind: 'ended',
    exit,
    registered: phase.kind === 'running',
    ...('eq' in phase && phase.eq !== undefined ? { eq: phase.eq } : {}),
    ranMs: now.mono - (startedAt?.mono ?? now.mono),
  };
  return { ...enter(record, ended, now), failures: record.failures + 1, lastExit: exit, lastError: reason };
}

/** What is known of a NIC nothing was done for yet. */
export function blank(device: string, now: Instant): HandlerRecord {
  return { device, phase: { kind: 'stopped' }, since: now, restarts: 0, failures: 0, rebootRequired: false };
}

function registered(process: ProcessId, eq: number | undefined): Phase {
  return eq === undefined ? { kind: 'running', process } : { kind: 'running', process, eq };
}

function enter(record: HandlerRecord, phase: Phase, now: Instant): HandlerRecord {
  return { ...record, phase, since: now };
}

function cleared({ lastError: _, ...record }: HandlerRecord): HandlerRecord {
  return record;
}
