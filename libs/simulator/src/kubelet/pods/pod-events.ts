import type { EventRecorder, Regarding } from '@rackwright/kube';
import type { Container, Pod } from '../pod-model.ts';

/** Tells events about a pod, or about one container of it. */
export class PodEvents {
  readonly #recorder: Pick<EventRecorder, 'emit'>;

  constructor(recorder: Pick<EventRecorder, 'emit'>) {
    this.#recorder = recorder;
  }

  normal(pod: Pod, reason: string, message: string, container?: Container): void {
    this.#recorder.emit(reference(pod, container), { type: 'Normal', reason, message });
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
