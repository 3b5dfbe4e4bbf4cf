import { fail, HwError, ok, type Result } from '@rackwright/core';
import { rackwright } from '@rackwright/keys';

const states = ['Starting', 'Running', 'External', 'Backoff', 'Failed', 'Stopped'] as const;
const policies = ['markUnhealthy', 'restart'] as const;

/**
 * What the supervisor knows of one NIC's retry handler. `External` means that
 * somebody else's handler holds the NIC. Times are ISO 8601.
 */
export interface RetryHandlerEntry {
  readonly device: string;
  readonly state: (typeof states)[number];
  readonly pid?: number;
  /** Start time of that process (field 22 of proc_pid_stat(5)): tells it from a later one with its pid. */
  readonly startTicks?: number;
  /** Starts after the first, since the supervisor began. */
  readonly restarts: number;
  /** When `state` was entered. */
  readonly since: string;
  /** A handler died under load: the NIC may be in an undefined state until the node reboots. */
  readonly rebootRequired: boolean;
  readonly lastExit?: { readonly code: number | null; readonly signal: string | null; readonly at: string };
  /** Configuration the handler was started with. */
  readonly configFile?: string;
}

/**
 * The file one agent writes and the others read. Evolution: fields may be
 * added, and a reader ignores those it does not know; removing, renaming or
 * retyping one needs a new `version`, which older readers refuse.
 */
export interface RetryHandlerState {
  readonly version: 1;
  readonly updatedAt: string;
  /** The boot it was written in (random(4), /proc/sys/kernel/random/boot_id): what it says of processes and reboots ends with it. */
  readonly bootId?: string;
  readonly onCrash: (typeof policies)[number];
  readonly handlers: readonly RetryHandlerEntry[];
}

/** Host path of the file. */
export const retryHandlerStatePath = `${rackwright.stateDir}/retry-handler.json`;

/** Writes the state with a final newline. */
export function formatRetryHandlerState(state: RetryHandlerState): string {
  return `${JSON.stringify(state, null, 2)}\n`;
}

/** Reads the state; the error names the first field that is wrong. */
export function parseRetryHandlerState(text: string): Result<RetryHandlerState> {
  try {
    return ok(readState(record(JSON.parse(text), 'state')));
  } catch (cause) {
    if (cause instanceof HwError) return fail(cause);
    return fail(new HwError('InvalidArgument', 'retry handler state is not JSON', { cause }));
  }
}

type Fields = Readonly<Record<string, unknown>>;

function readState(fields: Fields): RetryHandlerState {
  if (fields.version !== 1) throw wrong('version', 'is not 1');
  if (!Array.isArray(fields.handlers)) throw wrong('handlers', 'is not a list');
  return {
    version: 1,
    updatedAt: string(fields, 'updatedAt'),
    ...(fields.bootId !== undefined && { bootId: string(fields, 'bootId') }),
    onCrash: oneOf(fields, 'onCrash', policies),
    handlers: fields.handlers.map((entry) => readEntry(record(entry, 'handlers'))),
  };
}

function readEntry(fields: Fields): RetryHandlerEntry {
  if (typeof fields.rebootRequired !== 'boolean') throw wrong('rebootRequired', 'is not true or false');
  return {
    device: string(fields, 'device'),
    state: oneOf(fields, 'state', states),
    ...(fields.pid !== undefined && { pid: count(fields, 'pid') }),
    ...(fields.startTicks !== undefined && { startTicks: count(fields, 'startTicks') }),
    restarts: count(fields, 'restarts'),
    since: string(fields, 'since'),
    rebootRequired: fields.rebootRequired,
    ...(fields.lastExit !== undefined && { lastExit: readExit(record(fields.lastExit, 'lastExit')) }),
    ...(fields.configFile !== undefined && { configFile: string(fields, 'configFile') }),
  };
}

function readExit(fields: Fields): NonNullable<RetryHandlerEntry['lastExit']> {
  return {
    code: fields.code === null ? null : count(fields, 'code'),
    signal: fields.signal === null ? null : string(fields, 'signal'),
    at: string(fields, 'at'),
  };
}

function record(value: unknown, field: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(field, 'is not an object');
  return value as Fields;
}

function string(fields: Fields, field: string): string {
  const value = fields[field];
  if (typeof value !== 'string') throw wrong(field, 'is not a text');
  return value;
}

function count(fields: Fields, field: string): number {
  const value = fields[field];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw wrong(field, 'is not a whole number');
  return value;
}

function oneOf<T extends string>(fields: Fields, field: string, allowed: readonly T[]): T {
  const value = allowed.find((candidate) => candidate === fields[field]);
  if (value === undefined) throw wrong(field, `is not one of ${allowed.join(', ')}`);
  return value;
}

function wrong(field: string, what: string): HwError {
  return new HwError('InvalidArgument', `retry handler state: ${field} ${what}`, { field });
}
