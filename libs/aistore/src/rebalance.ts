import { isJsonObject, type JsonValue } from './json.ts';

/** The rebalance that runs, or the last one. */
export interface RebalanceStatus {
  /** Such as `g2`. */
  readonly id: string;
  readonly running: boolean;
  readonly aborted: boolean;
  /** Milliseconds since the Unix epoch; undefined until it has ended. */
  readonly endTime: number | undefined;
  /** What went wrong; empty if nothing did. */
  readonly error: string;
}

/** Nanoseconds, AIStore's unit of time, in a millisecond. */
const nanosPerMs = 1_000_000n;

/** Reads the status of a job; undefined if it is none. */
export function parseRebalanceStatus(value: JsonValue): RebalanceStatus | undefined {
  if (!isJsonObject(value)) return undefined;
  const { uuid, aborted = false, end_time: endTime = 0, err = '' } = value;
  if (typeof uuid !== 'string' || typeof aborted !== 'boolean' || typeof err !== 'string') return undefined;
  if (typeof endTime !== 'bigint' && !Number.isSafeInteger(endTime)) return undefined;
  const endMs = Number(BigInt(endTime as bigint | number) / nanosPerMs);
  return {
    id: uuid,
    running: endMs === 0 && !aborted,
    aborted,
    endTime: endMs === 0 ? undefined : endMs,
    error: err,
  };
}
