import { errorMessage } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import type { EventRecorder, Regarding } from '@rackwright/kube';
import type { Container, Pod } from '../pod-model.ts';
import type { VolumeExpansion } from '../volumes/pod-volumes.ts';

/** Tells events about a pod, or about one container of it. */
export class PodEvents {
  readonly #recorder: Pick<EventRecorder, 'emit'>;

  constructor(recorder: Pick<EventRecorder, 'emit'>) {
    this.#recorder = recorder;
  }

  normal(pod: Pod, reason: string, message: string, container?: Container): void {
    this.#recorder.emit(reference(pod, container), { type: 'Normal', reason, message });
  }

  /** Tells that a volume of a pod has grown, about its claim too, or why it has not. */
  expansion(pod: Pod, { volume, claim, error }: VolumeExpansion): void {
    if (claim === undefined) {
      const message = `NodeExpandVolume.NodeExpandVolume failed for volume "${volume}" : ${errorMessage(error)}`;
      this.warning(pod, kubelet.event.volumeResizeFailed, message);
      return;
    }
    const reason = kubelet.event.fileSystemResized;
    const message = `MountVolume.NodeExpandVolume succeeded for volume "${volume}" ${pod.spec.nodeName ?? ''}`;
    this.normal(pod, reason, message);
    const { name = '', namespace = '', uid = '' } = claim.metadata ?? {};
    const regarding = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid };
    this.#recorder.emit(regarding, { type: 'Normal', reason, message });
  }

  warning(pod: Pod, reason: string, message: string, container?: Container): void {
    this.#recorder.emit(reference(pod, container), { type: 'Warning', reason, message });
  }
}

function reference(pod: Pod, container: Container | undefined): Regarding & { readonly fieldPath?: string } {
  const { name = '', namespace, uid } = pod.metadata ?? {};
  const list =
    container !== undefined && pod.spec.initContainers?.includes(container) ? 'initContainers' : 'containers';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(container === undefined ? {} : { fieldPath: `spec.${list}{${container.name}}` }),
  };
}
