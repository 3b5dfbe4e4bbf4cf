import { cxi } from '@rackwright/keys';
import type { DaemonSet } from '@rackwright/kube';
import { componentOf, isTerminating } from '@rackwright/manager';
import { type Component, components } from './component.ts';

/**
 * The order in which the agents of a driver end. The driver agent goes last of
 * all: while it runs it would write NICs and node labels anew.
 */
const steps: readonly (readonly Component[])[] = [
  [cxi.component.retryHandler],
  [cxi.component.devicePlugin],
  [cxi.component.driverAgent, cxi.component.metricsExporter],
];

/** The next step of taking a driver's agents away. */
export interface RemovalStep {
  /** To be deleted now. */
  readonly remove: readonly DaemonSet[];
  /** What has to end before the next step; undefined when everything is gone. */
  readonly waitingFor: string | undefined;
}

/** Decides it from the DaemonSets that exist; each is there until its last pod has ended. */
export function nextRemoval(daemonSets: readonly DaemonSet[]): RemovalStep {
  for (const step of [...steps, unknownComponents(daemonSets)]) {
    const existing = daemonSets.filter((daemonSet) => step.includes(componentOf(daemonSet) as Component));
    if (existing.length === 0) continue;
    return {
      remove: existing.filter((daemonSet) => !isTerminating(daemonSet)),
      waitingFor: existing.map((daemonSet) => daemonSet.metadata?.name ?? '').join(', '),
    };
  }
  return { remove: [], waitingFor: undefined };
}

/** Components of other versions of the operator. */
function unknownComponents(daemonSets: readonly DaemonSet[]): Component[] {
  const known: readonly string[] = components;
  return daemonSets.map(componentOf).filter((name) => !known.includes(name)) as Component[];
}
