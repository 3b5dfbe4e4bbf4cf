import { aborted, type Clock } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import { isConnected, offeredResources, pluginNotes, withoutDevices } from '@rackwright/testbed';
import { expectEqual, expectThat } from './expect.ts';
import { eventually, resourceOf } from './observe.ts';
import type { NodeControl, TestEnvironment, TestNode } from './test-environment.ts';

/** What was seen of a node's allocatable NICs over some time. */
export interface Watched {
  /** Milliseconds for which the Node said zero. */
  readonly zeroMs: number;
  /** How often it was looked at. */
  readonly looks: number;
}

/** How the looks at a node are taken. */
export interface WatchOptions {
  readonly clock: Clock;
  /** What may be allocated now. */
  read(): Promise<number>;
}

const everyMs = 50;

/**
 * Looks at what may be allocated until `during` is over. A look that fails,
 * because the API server is away, counts as none.
 */
export async function watchNumber(
  { clock, read }: WatchOptions,
  during: () => Promise<void>,
): Promise<Watched> {
  const over = new AbortController();
  let zeroMs = 0;
  let looks = 0;
  const looking = (async (): Promise<void> => {
    let before = clock.monotonic();
    while (!over.signal.aborted) {
      const seen = await Promise.race([read().catch(() => undefined), aborted(over.signal)]);
      const now = clock.monotonic();
      if (seen === 0) zeroMs += now - before;
      before = now;
      if (typeof seen === 'number') looks += 1;
      await Promise.race([clock.sleep(everyMs), aborted(over.signal)]);
    }
  })();
  try {
    await during();
  } finally {
    over.abort();
    await looking;
  }
  return { zeroMs, looks };
}

/**
 * Makes sure that `node` offers NICs at every moment of `during`, and says how
 * finely that was seen. A Node's status is written once a second, so a gap of
 * milliseconds shows only in what a real kubelet logs of each change.
 *
 * @throws HwError FailedPrecondition naming the gap
 */
export async function expectAlwaysOffered(
  testEnv: TestEnvironment,
  node: TestNode,
  during: () => Promise<void>,
): Promise<string> {
  const read = async (): Promise<number> =>
    (await resourceOf(testEnv, node.name, cxi.resource.cxi)).allocatable;
  const before = (await node.real?.kubeletLog()) ?? '';
  const watched = await watchNumber({ clock: testEnv.clock, read }, during);
  expectEqual(`time in which the Node offered nothing, in ${watched.looks} looks`, watched.zeroMs, 0);
  const looks = `allocatable was never zero in the Node's status (written once a second, ${watched.looks} looks)`;
  if (node.real === undefined) return looks;
  // A resource of which the node has nothing, such as virtual functions, has nothing to lose.
  const offered = offeredResources(pluginNotes(before));
  expectThat('the kubelet had NICs before', offered.includes(cxi.resource.cxi), offered);
  const notes = pluginNotes((await node.real.kubeletLog()).slice(before.length));
  const gaps = offered.flatMap((resource) => withoutDevices(notes, resource));
  expectEqual('moments in which the kubelet had no device to allocate', gaps, []);
  return `${looks} and never in the kubelet's log of each change of ${offered.join(' and ')}`;
}

/** Waits until a real kubelet has a plugin for the NICs whose end it would notice: the end of a handover. */
export async function untilHandedOver(testEnv: TestEnvironment, real: NodeControl): Promise<void> {
  await eventually(testEnv, 'the kubelet to have accepted the newest registration', async () =>
    isConnected(pluginNotes(await real.kubeletLog()), cxi.resource.cxi),
  );
}
