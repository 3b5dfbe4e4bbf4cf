import { aborted, withDeadline } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import type { Bed, BedNode } from './bed.ts';
import { resourceOf } from './observe.ts';

/** What was seen of a node's allocatable NICs over some time. */
export interface Watched {
  /** Milliseconds for which the Node said zero. */
  readonly zeroMs: number;
  /** How often it was looked at. */
  readonly looks: number;
}

const everyMs = 50;

/** Looks at what the Node says until `during` is over. An API server that is away counts as no look. */
export async function watchAllocatable(
  bed: Bed,
  node: BedNode,
  during: () => Promise<void>,
): Promise<Watched> {
  const over = new AbortController();
  let zeroMs = 0;
  let looks = 0;
  const look = async (): Promise<void> => {
    let before = bed.clock.monotonic();
    while (!over.signal.aborted) {
      const { allocatable } = await resourceOf(bed, node.name, cxi.resource.cxi);
      const now = bed.clock.monotonic();
      if (allocatable === 0) zeroMs += now - before;
      before = now;
      looks += 1;
      await Promise.race([bed.clock.sleep(everyMs), aborted(over.signal)]);
    }
  };
  const looking = look();
  try {
    await during();
  } finally {
    over.abort();
    await withDeadline(bed.clock, 10_000, 'the last look at the node', () => looking);
  }
  return { zeroMs, looks };
}
