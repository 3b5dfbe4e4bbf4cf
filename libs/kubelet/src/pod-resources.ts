import { basename, dirname } from 'node:path';
import type { Clock } from '@rackwright/core';
import { callOnce, socketPath } from '@rackwright/grpc';
import { PodResourcesListerService } from './gen/podresources/v1/api.ts';

/** One device a container holds. */
export interface HeldDevice {
  readonly resource: string;
  readonly id: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** How the kubelet's pod resources socket is reached. */
export interface PodResourcesOptions {
  /** Path of the socket, by default of the kubelet /var/lib/kubelet/pod-resources/kubelet.sock. */
  readonly socket: string;
  readonly clock: Clock;
  /** Time limit of one call in milliseconds. Default 5000. */
  readonly timeoutMs?: number;
}

/**
 * Asks the kubelet which devices its pods hold (k8s.io/kubelet podresources/v1).
 * The kubelet lists running and restartable init containers, not ordinary init
 * containers.
 */
export class PodResourcesClient {
  readonly #options: PodResourcesOptions;

  constructor(options: PodResourcesOptions) {
    this.#options = options;
  }

  /**
   * Every device held by a pod of this node.
   *
   * @throws HwError NotFound without the socket's folder, Unavailable if nobody answers, DeadlineExceeded
   */
  async list(signal?: AbortSignal): Promise<HeldDevice[]> {
    const { socket, clock, timeoutMs = 5000 } = this.#options;
    const response = await callOnce({
      socket: socketPath(dirname(socket), basename(socket)),
      method: PodResourcesListerService.list,
      request: {},
      what: 'listing pod resources',
      clock,
      timeoutMs,
      signal,
    });
    return response.podResources.flatMap((pod) =>
      pod.containers.flatMap((container) =>
        container.devices.flatMap((devices) =>
          devices.deviceIds.map((id) => ({
            resource: devices.resourceName,
            id,
            namespace: pod.namespace,
            pod: pod.name,
            container: container.name,
          })),
        ),
      ),
    );
  }
}
