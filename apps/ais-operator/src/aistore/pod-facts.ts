import { kubernetes } from '@rackwright/keys';
import type { Pod } from '@rackwright/kube';
import { containerName } from './manifests/container-names.ts';

/** A pod of a role, as far as plans need it. */
export interface PodFacts {
  readonly name: string;
  readonly uid: string;
  readonly ordinal: number;
  readonly nodeName: string | undefined;
  readonly isReady: boolean;
  readonly isRunning: boolean;
  readonly isTerminating: boolean;
  /** The scheduler finds no node for it, and why. */
  readonly unschedulable: string | undefined;
  /** Its containers cannot run: no image, or they end again and again; and why. */
  readonly broken: string | undefined;
  /** Template it was made from. */
  readonly revision: string;
}

/** Reasons of waiting containers that do not go away by themselves (kubelet, pkg/kubelet/images and kuberuntime). */
const hopeless: ReadonlySet<string> = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** The facts of the pods of a StatefulSet, by their ordinals; others are left out. */
export function podFacts(pods: readonly Pod[], setName: string): PodFacts[] {
  return pods
    .flatMap((pod) => {
      const name = pod.metadata?.name ?? '';
      const ordinal = ordinalOf(name, setName);
      return ordinal === undefined ? [] : [factsOf(pod, name, ordinal)];
    })
    .sort((a, b) => a.ordinal - b.ordinal);
}

function ordinalOf(name: string, setName: string): number | undefined {
  const digits = name.startsWith(`${setName}-`) ? name.slice(setName.length + 1) : '';
  return /^(0|[1-9]\d{0,8})$/.test(digits) ? Number(digits) : undefined;
}

function factsOf({ metadata = {}, spec, status = {} }: Pod, name: string, ordinal: number): PodFacts {
  const condition = (type: string) => status.conditions?.find((one) => one.type === type);
  const scheduled = condition('PodScheduled');
  const isUnschedulable = scheduled?.status === 'False' && scheduled.reason === 'Unschedulable';
  return {
    ...{ name, ordinal, uid: metadata.uid ?? '', nodeName: spec?.nodeName },
    isReady: condition('Ready')?.status === 'True',
    isRunning: status.phase === 'Running',
    isTerminating: metadata.deletionTimestamp !== undefined,
    unschedulable: isUnschedulable ? (scheduled.message ?? 'no node fits') : undefined,
    broken: brokenOf(status),
    revision: metadata.labels?.[kubernetes.label.revision] ?? '',
  };
}

function brokenOf({ containerStatuses = [], initContainerStatuses = [] }: NonNullable<Pod['status']>) {
  for (const { name, state } of [...initContainerStatuses, ...containerStatuses]) {
    const { reason = '', message = '' } = state?.waiting ?? {};
    // A log sidecar that cannot run takes nothing from the cluster.
    if (name === containerName.logs || !hopeless.has(reason)) continue;
    return `${reason} of container ${name}${message === '' ? '' : `: ${message}`}`;
  }
  return undefined;
}
