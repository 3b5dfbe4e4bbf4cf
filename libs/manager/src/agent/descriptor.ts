import type { CxiDriver } from '@rackwright/api';
import type { DaemonSet, ResourceRequirements, SecurityContext } from '@rackwright/kube';
import type { Component } from '../component.ts';
import type { CxiSettings } from '../settings.ts';
import type { HostMount } from './host-mounts.ts';

/** How a DaemonSet replaces its pods. */
export type UpdateStrategy = NonNullable<NonNullable<DaemonSet['spec']>['updateStrategy']>;

/** Where one component differs from the others; `daemonSet` adds what they share. */
export interface Agent {
  readonly component: Component;
  readonly image: string;
  readonly args: readonly string[];
  readonly port: { readonly name: 'health' | 'metrics'; readonly number: number };
  readonly hostMounts: readonly HostMount[];
  readonly resources: ResourceRequirements;
  readonly securityContext: SecurityContext;
  /** True for the only agent that speaks to the API server. */
  readonly apiAccess?: true;
  readonly podAnnotations?: Readonly<Record<string, string>>;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: CxiDriver['spec']['tolerations'];
  readonly updateStrategy?: UpdateStrategy;
  /** A new pod starts before the old one of its node ends: two may run side by side, and none would be missed. */
  readonly startsBesideOld?: true;
  /** Seconds the agent may take to stop. Default 30. */
  readonly terminationGracePeriodSeconds?: number;
}

/** Builds one agent; undefined when the spec does not want it. */
export type AgentBuilder = (driver: CxiDriver, settings: CxiSettings) => Agent | undefined;

/**
 * Root without any capability: enough for folders and sysfs files that belong
 * to root, and nothing else.
 */
export const powerlessRoot: SecurityContext = {
  runAsUser: 0,
  runAsGroup: 0,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Nobody in particular, for what every user of the node may read. */
export const ordinaryUser: SecurityContext = {
  ...powerlessRoot,
  runAsNonRoot: true,
  runAsUser: 65_532,
  runAsGroup: 65_532,
};

/** `--flag=value`, the one form that also carries empty values. */
export function flag(name: string, value: string | number | boolean): string {
  return `--${name}=${value}`;
}

/** The image of the spec if it names one. */
export function imageOf(wanted: string | undefined, settings: CxiSettings, component: Component): string {
  return wanted === undefined || wanted === '' ? settings.images[component] : wanted;
}
