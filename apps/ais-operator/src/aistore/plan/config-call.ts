import { configDrift, type JsonObject } from '@rackwright/aistore';
import type { AisCall } from '../calls.ts';
import { type ConfigPart, stableJson } from '../manifests/cluster-config.ts';
import type { Observation } from '../observed/observation.ts';

/** What is asked of a cluster whose configuration is not what it shall be; nothing while nobody knows it. */
export function configCalls(wanted: ConfigPart, ais: Observation | undefined): AisCall[] {
  if (ais?.config === undefined || isRefused(wanted, ais)) return [];
  return configDrift(wanted as JsonObject, ais.config as JsonObject).length === 0
    ? []
    : [{ kind: 'set config', config: wanted }];
}

/** The same again would be refused again. */
function isRefused(wanted: ConfigPart, { refused }: Observation): boolean {
  return refused !== undefined && stableJson(refused.config) === stableJson(wanted);
}

/** Whether the cluster has rebalance switched off. */
export function isRebalanceOff(ais: Observation | undefined): boolean {
  const part = ais?.config?.rebalance as { enabled?: unknown } | undefined;
  return part?.enabled === false;
}
