import type { ComponentState } from '@rackwright/controller';
import { pmem } from '@rackwright/keys';
import type { Deployment, StatefulSet } from '@rackwright/kube';

/** The workload of a driver's controller. */
export type ControllerWorkload = Deployment | StatefulSet;

const type = pmem.condition.controllerReady;

/** Whether the controller's pods run, and run what the spec says. */
export function controllerState(controller: ControllerWorkload | undefined): ComponentState {
  const { spec, status, metadata } = controller ?? {};
  const { observedGeneration = 0, readyReplicas = 0, updatedReplicas = 0, replicas = 0 } = status ?? {};
  if (controller === undefined || observedGeneration < (metadata?.generation ?? 1))
    return progressing('Kubernetes has not looked at it yet');
  const wanted = spec?.replicas ?? 1;
  const ready = `${readyReplicas} of ${wanted} pods ready`;
  if (updatedReplicas < wanted) return progressing(`${ready}, ${updatedReplicas} up to date`);
  if (readyReplicas >= wanted && replicas <= wanted)
    return { type, state: 'ready', reason: pmem.reason.ready, message: ready };
  return isStuck(controller)
    ? { type, state: 'failed', reason: pmem.reason.controllerFailed, message: ready }
    : progressing(ready);
}

function progressing(message: string): ComponentState {
  return { type, state: 'progressing', reason: pmem.reason.notStarted, message };
}

/** Kubernetes gave up waiting for its pods. */
function isStuck({ status }: ControllerWorkload): boolean {
  return (
    status?.conditions?.some(({ type: name, status: is }) => name === 'Progressing' && is === 'False') ===
    true
  );
}
