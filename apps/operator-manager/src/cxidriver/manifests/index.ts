import type { CxiDriver } from '@rackwright/api';
import type { KubeObject } from '@rackwright/kube';
import type { Component } from '../component.ts';
import type { CxiSettings } from '../settings.ts';
import { roleBinding, serviceAccount } from './accounts.ts';
import type { AgentBuilder } from './agent.ts';
import { daemonSet } from './daemon-set.ts';
import { devicePlugin } from './device-plugin.ts';
import { driverAgent } from './driver-agent.ts';
import { metricsExporter } from './metrics-exporter.ts';
import { retryHandler } from './retry-handler.ts';

/** In the order they are rolled out; accounts come before what uses them. */
const builders: readonly AgentBuilder[] = [driverAgent, devicePlugin, retryHandler, metricsExporter];

/** An agent that a CXIDriver asks for, and everything that shall exist for it. */
export interface WantedAgent {
  readonly component: Component;
  readonly objects: readonly KubeObject[];
}

/** The agents of a CXIDriver, in the order they are rolled out. */
export function wantedAgents(driver: CxiDriver, settings: CxiSettings): WantedAgent[] {
  return builders.flatMap((build): WantedAgent[] => {
    const agent = build(driver, settings);
    if (agent === undefined) return [];
    const { component, rights } = agent.descriptor;
    const objects = [
      serviceAccount(driver, settings, component),
      ...(rights !== undefined ? [roleBinding(driver, settings, component, settings.driverAgentRole)] : []),
      daemonSet(driver, settings, agent),
    ];
    return [{ component, objects }];
  });
}
