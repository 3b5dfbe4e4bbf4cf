import { HwError, Latest } from '@rackwright/core';

/** Whether this installation may act for what a controller looks after. */
export interface Standing {
  readonly acts: boolean;
  /** Why not. */
  readonly message: string;
}

/** What runs until its signal aborts. */
export type Work = (signal: AbortSignal) => Promise<void>;

/**
 * Runs `work` whenever this installation may act, and aborts its signal when
 * it may not any more. Ends when `signal` aborts or `work` ends on its own.
 */
export async function whileActing(
  standing: Latest<Standing>,
  signal: AbortSignal,
  work: Work,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await standing.until(({ acts }) => acts, signal);
    } catch {
      return;
    }
    const stop = new AbortController();
    const stopWork = ({ acts, message }: Standing): void => {
      if (!acts) stop.abort(new HwError('Cancelled', message));
    };
    using _ = standing.subscribe(stopWork);
    await work(AbortSignal.any([signal, stop.signal]));
    if (!stop.signal.aborted) return;
  }
}

/** May act while any of them may; not while it knows of none. */
export function anyStanding(standings: readonly Latest<Standing>[]): Latest<Standing> {
  const decide = (): Standing => {
    const values = standings.map(({ value }) => value);
    return values.find(({ acts }) => acts) ?? values[0] ?? { acts: false, message: 'there is nothing to do' };
  };
  const any = new Latest(decide(), (a, b) => a.acts === b.acts && a.message === b.message);
  for (const standing of standings) standing.subscribe(() => any.set(decide()));
  return any;
}
