import { aidaptivCacheNodes } from '@rackwright/api';
import { type Event, resources } from '@rackwright/kube';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driveNode } from './drives.ts';

/** Events about the node with drives that have this reason and these words. */
export async function eventsOf({ kube }: TestEnvironment, reason: string, words: string): Promise<Event[]> {
  const { items } = await kube.list(resources.events, { namespace: 'default' });
  return items.filter(
    (event) =>
      event.reason === reason && event.regarding?.name === driveNode && event.note?.includes(words) === true,
  );
}

/** Waits for such an event. */
export function untilEvent(testEnv: TestEnvironment, reason: string, words: string): Promise<true> {
  return eventually(testEnv, `event ${reason} of ${words}`, async () => {
    return (await eventsOf(testEnv, reason, words)).length > 0;
  });
}

/** The status of the node's AidaptivCacheNode. */
export async function reportOf({ kube }: TestEnvironment) {
  return (await kube.get(aidaptivCacheNodes, { name: driveNode })).status;
}

/** Waits until a condition of the node's report has this status and these words in its message; gives its reason. */
export function untilCondition(
  testEnv: TestEnvironment,
  type: string,
  status: string,
  words = '',
): Promise<string> {
  return eventually(testEnv, `${type} to be ${status}`, async () => {
    const condition = (await reportOf(testEnv))?.conditions?.find((one) => one.type === type);
    if (condition?.status === status && condition.message?.includes(words)) return condition.reason;
    throw new Error(JSON.stringify(condition));
  });
}
