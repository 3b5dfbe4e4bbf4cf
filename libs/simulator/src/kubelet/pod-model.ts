import { parseQuantity, quantityNumber } from '@rackwright/core';
import type {
  Container,
  ContainerStatus as KubeContainerStatus,
  Pod as KubePod,
  PodStatus as KubePodStatus,
  PodSpec,
} from '@rackwright/kube';

export type {
  Container,
  ContainerState,
  EnvVar,
  Handler,
  PodSpec,
  Probe,
  Volume,
  VolumeMount,
  VolumeProjection,
} from '@rackwright/kube';

/** A pod as the API server hands it out: it always has a spec. */
export interface Pod extends Omit<KubePod, 'spec' | 'status'> {
  spec: PodSpec;
  status?: PodStatus;
}

export interface PodStatus extends Omit<KubePodStatus, 'containerStatuses' | 'initContainerStatuses'> {
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
}

export interface ContainerStatus extends KubeContainerStatus {
  allocatedResourcesStatus?: ResourceHealth[];
}

/** Health of the devices a container holds (KEP-4680). */
export interface ResourceHealth {
  name: string;
  resources: { resourceID: string; health: 'Healthy' | 'Unhealthy' | 'Unknown' }[];
}

export type PodPhase = NonNullable<PodStatus['phase']>;
export type PodCondition = NonNullable<PodStatus['conditions']>[number];
export type TerminatedState = NonNullable<NonNullable<KubeContainerStatus['state']>['terminated']>;

/** Whether an init container keeps running beside the main containers. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** All containers in the order the kubelet looks at them. */
export function allContainers(spec: PodSpec): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** `namespace/name` of a pod. */
export function podKey(pod: Pod): string {
  return `${pod.metadata?.namespace ?? ''}/${pod.metadata?.name ?? ''}`;
}

/** The pod's uid; every pod that came from an API server has one. */
export function podUid(pod: Pod): string {
  return pod.metadata?.uid ?? '';
}

/** A quantity of the API as a number. */
export function quantity(value: string | number, field: string): number {
  return quantityNumber(parseQuantity(value, field));
}
