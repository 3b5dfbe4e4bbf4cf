import type { CxiDriver } from '@rackwright/api';
import type { DaemonSet } from '@rackwright/kube';
import { type Agent, agentDaemonSet } from '@rackwright/manager';
import type { Component } from '../component.ts';
import type { CxiSettings } from '../settings.ts';
import { cdiDir } from './descriptors.ts';
import { nameOf, ownedMeta, selectorLabels } from './identity.ts';

/** The DaemonSet of one agent of a CXIDriver. */
export function daemonSet(driver: CxiDriver, settings: CxiSettings, agent: Agent<Component>): DaemonSet {
  const { component } = agent.descriptor;
  const { nodeSelector = {}, tolerations, priorityClassName, updateStrategy } = driver.spec;
  const identity = {
    metadata: { ...ownedMeta(driver, component), namespace: settings.namespace },
    selector: selectorLabels(nameOf(driver), component),
  };
  const fromSpec = { nodeSelector, tolerations, priorityClassName, updateStrategy };
  return agentDaemonSet(identity, agent, { ...settings, ...fromSpec, layout: { ...settings, cdiDir } });
}
