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

/** The components a CXIDriver asks for. */
export function wantedComponents(driver: CxiDriver, settings: CxiSettings): Component[] {
  return builders.flatMap((build) => build(driver, settings)?.descriptor.component ?? []);
}

/** Everything that shall exist for a CXIDriver. */
export function manifests(driver: CxiDriver, settings: CxiSettings): KubeObject[] {
  return builders.flatMap((build) => {
    const agent = build(driver, settings);
    if (agent === undefined) return [];
    const { component, apiAccess } = agent.descriptor;
    return [
      serviceAccount(driver, settings, component),
      ...(apiAccess ? [roleBinding(driver, settings, component, settings.driverAgentRole)] : []),
      daemonSet(driver, settings, agent),
    ];
  });
}
