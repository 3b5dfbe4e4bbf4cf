import { type ManagerSpec, runManager } from '@rackwright/manager';
import type { ServiceSpec } from '@rackwright/service';
import { healthServers, metricsServers } from '@rackwright/web';
import { controllers } from './controllers.ts';
import { type OperatorConfig, operatorOptions } from './operator-options.ts';

/** The Lease replicas compete for; that of the older operator, so that never both of them work. */
const leaderElectionLease = '60c23797.nvidia.com';
/** Who events are reported by, as of the older operator. */
const reporter = 'ais-controller';

/** What the operator is made of. */
export const aisOperator: ManagerSpec<OperatorConfig> = {
  name: 'ais-operator',
  reporter,
  lease: leaderElectionLease,
  controllers,
  servers: async (context, client) => [
    ...healthServers(context),
    ...(await metricsServers(context, client, certificateHost(context.config))),
  ],
};

/** The operator as a service. */
export function operatorService(version: string): ServiceSpec<typeof operatorOptions> {
  return {
    name: aisOperator.name,
    version,
    description: 'Deploys, scales and upgrades AIStore clusters.',
    options: operatorOptions,
    // Below the pod's grace period, so that a hanging part is told of before the kubelet kills.
    stopTimeoutMs: 8000,
    start: (context) => runManager(context, aisOperator),
  };
}

/** The name in the certificate of secure metrics, when no other is given. */
function certificateHost({ podName, namespace }: OperatorConfig): string {
  return `${podName ?? aisOperator.name}.${namespace}`;
}
