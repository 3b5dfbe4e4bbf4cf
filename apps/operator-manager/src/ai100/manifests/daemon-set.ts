import { aidaptivCache, discovery } from '@rackwright/keys';
import type { DaemonSet, KubeObject } from '@rackwright/kube';
import { type Agent, agentDaemonSet } from '@rackwright/manager';
import type { Component } from '../component.ts';
import type { Ai100Settings } from '../settings.ts';
import { ownedMeta, selectorLabels } from './identity.ts';

const cdiDir = '/var/run/cdi';

/** The DaemonSet of one agent: on nodes that node-discovery found drives in, unless an administrator forbids it. */
export function daemonSet(cache: KubeObject, settings: Ai100Settings, agent: Agent<Component>): DaemonSet {
  const { component } = agent.descriptor;
  const identity = {
    metadata: { ...ownedMeta(cache, component), namespace: settings.namespace },
    selector: selectorLabels(component),
  };
  return agentDaemonSet(identity, agent, {
    ...settings,
    layout: { ...settings, cdiDir },
    nodeSelector: { [discovery.label.ai100.present]: 'true' },
    excludedNodes: { [aidaptivCache.deployLabel]: 'false' },
    // Drives are served whatever the taints of their node.
    tolerations: undefined,
    priorityClassName: 'system-node-critical',
    updateStrategy: { type: 'RollingUpdate', maxUnavailable: '10%' },
  });
}
