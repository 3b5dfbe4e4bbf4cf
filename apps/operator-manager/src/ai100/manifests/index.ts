import type { AidaptivCache } from '@rackwright/api';
import { ai100 } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';
import type { Component } from '../component.ts';
import type { Ai100Settings } from '../settings.ts';
import { accountsOf } from './accounts.ts';
import type { AgentBuilder } from './agent.ts';
import { daemonSet } from './daemon-set.ts';
import { devicePlugin } from './device-plugin.ts';
import { exporter } from './exporter.ts';
import { exporterService } from './service.ts';

/** In the order they are rolled out. */
const builders: readonly AgentBuilder[] = [devicePlugin, exporter];

/** An agent that an AidaptivCache asks for, and everything that shall exist for it. */
export interface WantedAgent {
  readonly component: Component;
  readonly image: string;
  readonly objects: readonly KubeObject[];
}

/** The agents of an AidaptivCache, in the order they are rolled out. */
export function wantedAgents(cache: AidaptivCache, settings: Ai100Settings): WantedAgent[] {
  return builders.flatMap((build): WantedAgent[] => {
    const agent = build(cache, settings);
    if (agent === undefined) return [];
    const { component } = agent.descriptor;
    const installed = { namespace: settings.namespace, roles: settings.devicePluginRoles };
    const objects = [
      ...accountsOf(cache, agent.descriptor, installed),
      ...(component === ai100.component.exporter ? [exporterService(cache, settings.namespace)] : []),
      daemonSet(cache, settings, agent),
    ];
    return [{ component, image: agent.image, objects }];
  });
}
