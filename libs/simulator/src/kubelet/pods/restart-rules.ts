import { type Container, isSidecar, type Pod, type PodSpec } from '../pod-model.ts';
import { type ContainerRecord, newest } from '../runtime/container-record.ts';

/** Whether a container that ended with `exitCode` is to run again. */
export function restartsAfter(spec: PodSpec, container: Container, exitCode: number): boolean {
  if (isSidecar(container)) return true;
  const policy = spec.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** Whether a container has to be started now, as far as its own past says. */
export function wantsStart(pod: Pod, container: Container, records: readonly ContainerRecord[]): boolean {
  if (pod.metadata?.deletionTimestamp !== undefined) return false;
  const record = newest(records, container.name);
  if (record === undefined || record.state === 'created') return true;
  return record.state === 'exited' && restartsAfter(pod.spec, container, record.exitCode ?? 0);
}
