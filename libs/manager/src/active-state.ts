import { HwError, Latest } from '@rackwright/core';

/** Whether this installation may act for what a controller looks after. */
export interface ActiveState {
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
  activeState: Latest<ActiveState>,
  signal: AbortSignal,
  work: Work,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await activeState.until(({ acts }) => acts, signal);
    } catch {
      return;
    }
    const stop = new AbortController();
    const stopWork = ({ acts, message }: ActiveState): void => {
      if (!acts) stop.abort(new HwError('Cancelled', message));
    };
    using _ = activeState.subscribe(stopWork);
    await work(AbortSignal.any([signal, stop.signal]));
    if (!stop.signal.aborted) return;
  }
}

/** May act while any of them may; not while it knows of none. */
export function anyActive(activeStates: readonly Latest<ActiveState>[]): Latest<ActiveState> {
  const decide = (): ActiveState => {
    const values = activeStates.map(({ value }) => value);
    return values.find(({ acts }) => acts) ?? values[0] ?? { acts: false, message: 'there is nothing to do' };
  };
  const any = new Latest(decide(), (a, b) => a.acts === b.acts && a.message === b.message);
  for (const activeState of activeStates) activeState.subscribe(() => any.set(decide()));
  return any;
}
