import { errorMessage, withDeadline } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import type { NodeContext } from '../node-context.ts';
import { allContainers, type Container, isSidecar, type Pod, podUid } from '../pod-model.ts';
import type { ContainerRecord } from '../runtime/container-record.ts';
import { runHandler } from './lifecycle-handler.ts';
import type { KillReason } from './pod-actions.ts';

/** A container is never given less to end in; spares most a SIGKILL (kuberuntime). */
const minGraceSeconds = 2;

/** One container that is to end. */
export interface StopRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly record: ContainerRecord;
  readonly podIp: string;
  readonly reason: KillReason;
  /** Text of the event. */
  readonly message: string;
  /** In place of the pod's and the probe's own, in seconds. */
  readonly graceSeconds?: number;
  /** Resolves when the containers that end before this one have. */
  readonly turn?: Promise<unknown>;
}

/** Runs the preStop hook, then stops the container, all within its grace period. */
export async function stopContainer(node: NodeContext, request: StopRequest): Promise<void> {
  const { pod, container, record, message, turn } = request;
  node.events.normal(pod, kubelet.event.killing, message, container);
  const deadline = node.clock.now() + (request.graceSeconds ?? graceSeconds(request)) * 1000;
  const left = (): number => Math.max(0, deadline - node.clock.now());
  const hook = container.lifecycle?.preStop;
  if (hook !== undefined && left() > 0) await preStop(node, request, left());
  if (turn !== undefined && left() > 0) {
    await withDeadline(node.clock, left(), 'waiting for its turn', () => turn).catch(() => undefined);
  }
  await node.runtime.stop(record.id, Math.max(left(), minGraceSeconds * 1000));
}

/**
 * Stops every running container of a pod at once; sidecars end after the main
 * containers, the last one first.
 *
 * @param graceSeconds in place of the pod's own
 */
export async function stopPod(
  node: NodeContext,
  pod: Pod,
  podIp: string,
  options: { readonly message?: string; readonly graceSeconds?: number } = {},
): Promise<void> {
  const running = node.runtime.list(podUid(pod)).filter((record) => record.state === 'running');
  const ends = new Map<Container, Promise<void>>();
  const stop = (container: Container, turn?: Promise<unknown>): void => {
    const record = running.find((one) => one.name === container.name);
    if (record === undefined) return;
    const message = options.message ?? `Stopping container ${container.name}`;
    const { graceSeconds } = options;
    ends.set(
      container,
      stopContainer(node, {
        ...{ pod, container, record, podIp, message, reason: 'other' },
        ...(graceSeconds === undefined ? {} : { graceSeconds }),
        ...(turn === undefined ? {} : { turn }),
      }),
    );
  };
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
  for (const container of allContainers(pod.spec)) if (!sidecars.includes(container)) stop(container);
  for (const container of sidecars.reverse()) stop(container, Promise.allSettled(ends.values()));
  await Promise.all(ends.values());
}

function graceSeconds({ pod, container, reason }: StopRequest): number {
  const { deletionGracePeriodSeconds } = pod.metadata ?? {};
  if (deletionGracePeriodSeconds !== undefined) return deletionGracePeriodSeconds;
  const ofProbe = reason === 'other' ? undefined : container[`${reason}Probe`]?.terminationGracePeriodSeconds;
  return ofProbe ?? pod.spec.terminationGracePeriodSeconds ?? 30;
}

async function preStop(node: NodeContext, request: StopRequest, graceMs: number): Promise<void> {
  const { pod, container, record, podIp } = request;
  const handler = container.lifecycle?.preStop;
  if (handler === undefined) return;
  try {
    await withDeadline(node.clock, graceMs, 'the preStop hook', (signal) =>
      runHandler(node, {
        handler,
        container,
        containerId: record.id,
        host: podIp,
        signal,
        timeoutMs: graceMs,
      }),
    );
  } catch (error) {
    node.events.warning(
      pod,
      kubelet.event.failedPreStop,
      `PreStopHook failed: ${errorMessage(error)}`,
      container,
    );
  }
}
