import { kubelet } from '@rackwright/keys';
import type { NodeContext } from '../node-context.ts';
import type { ContainerRecord } from '../runtime/container-record.ts';
import { containerSpec, type StartRequest } from './container-spec.ts';
import { runHandler } from './lifecycle-handler.ts';
import { StartError, step } from './start-error.ts';

/**
 * Creates and starts one container and runs its postStart hook.
 *
 * @throws StartError with the waiting reason the container shows
 */
export async function startContainer(node: NodeContext, request: StartRequest): Promise<void> {
  const { pod, container } = request;
  const record = await tell(node, request, async () => {
    const created = node.runtime.create(await containerSpec(node, request));
    await forgetOld(node, created);
    node.events.normal(pod, kubelet.event.created, `Created container ${container.name}`, container);
    return created;
  });
  await tell(node, request, () => step(kubelet.waiting.runError, () => node.runtime.start(record.id)));
  node.events.normal(pod, kubelet.event.started, `Started container ${container.name}`, container);
  await postStart(node, request, record);
}

/** A failure is also an event of the container. */
async function tell<T>(
  node: NodeContext,
  { pod, container }: StartRequest,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof StartError ? error.waiting.message : String(error);
    node.events.warning(pod, kubelet.event.failed, `Error: ${message}`, container);
    throw error;
  }
}

/** Of the ended containers of a name only the last one is kept. */
async function forgetOld(node: NodeContext, created: ContainerRecord): Promise<void> {
  for (const record of node.runtime.list(created.podUid)) {
    if (record.name === created.name && record.attempt < created.attempt - 1) {
      await node.runtime.remove(record.id);
    }
  }
}

async function postStart(node: NodeContext, request: StartRequest, record: ContainerRecord): Promise<void> {
  const { pod, container, podIp } = request;
  const hook = container.lifecycle?.postStart;
  if (hook === undefined) return;
  try {
    await runHandler(node, { handler: hook, container, containerId: record.id, host: podIp });
  } catch (error) {
    node.events.warning(pod, kubelet.event.failedPostStart, 'PostStartHook failed', container);
    await node.runtime.stop(record.id, (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000);
    throw new StartError(kubelet.waiting.postStartHookError, error);
  }
}
