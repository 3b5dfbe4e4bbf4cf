import type { ContainerState, ContainerStatus, Pod } from '@rackwright/kube';

const ready = (status: 'True' | 'False') => ({ type: 'Ready', status });

/** A pod of the driver agent on a node, with its only container in the given state. */
export function agentPod(
  node: string,
  container: Partial<ContainerStatus> = {},
  status: Pod['status'] = {},
): Pod {
  return {
    metadata: {
      name: `x-gauge-${node}`,
      uid: `uid-${node}`,
      labels: { 'app.kubernetes.io/component': 'gauge', 'app.kubernetes.io/instance': 'x' },
    },
    spec: { containers: [], nodeName: node },
    status: {
      phase: 'Pending',
      conditions: [ready(container.ready ? 'True' : 'False')],
      containerStatuses: [
        {
          ...{ name: 'gauge', image: 'registry/x:1', imageID: '', ready: false, restartCount: 0 },
          ...container,
        },
      ],
      ...status,
    },
  };
}

export function waitingFor(reason: string, message?: string): Partial<ContainerStatus> {
  return { state: { waiting: message === undefined ? { reason } : { reason, message } } };
}

export function ended(
  exitCode: number,
  more: Partial<NonNullable<ContainerState['terminated']>> = {},
): ContainerState {
  return { terminated: { exitCode, ...more } };
}
