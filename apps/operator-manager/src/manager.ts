import { cxi } from '@rackwright/keys';
import { type ManagerSpec, runManager } from '@rackwright/manager';
import { type ConfigOf, defineOptions, type ServiceContext, type ServiceSpec } from '@rackwright/service';
import { healthServers, metricsServers } from '@rackwright/web';
import { controllers } from './controllers.ts';
import { managerOptions, type OperatorConfig } from './manager-options.ts';
import { formerOptions } from './options.ts';

const options = defineOptions({ ...managerOptions, ...formerOptions });
type Context = ServiceContext<ConfigOf<typeof options>>;

/** What the operator is made of. */
export const operatorManager: ManagerSpec<OperatorConfig> = {
  name: 'operator-manager',
  reporter: cxi.managedBy,
  lease: cxi.leaderElectionLease,
  controllers,
  servers: async (context, client) => [
    ...healthServers(context),
    ...(await metricsServers(context, client, certificateHost(context.config))),
  ],
};

/** The operator as a service. */
export function managerService(version: string): ServiceSpec<typeof options> {
  return {
    name: operatorManager.name,
    version,
    description:
      'Reconciles the hardware drivers of a cluster. Commands: verify, remove, leftovers, crds; without one it runs.',
    options,
    // Below the pod's grace period, so that a hanging part is told of before the kubelet kills.
    stopTimeoutMs: 8000,
    start: async (context) => {
      warnOfFormerOptions(context);
      await runManager(context, operatorManager);
    },
  };
}

/** The name in the certificate of secure metrics, when no other is given. */
function certificateHost({ podName, namespace }: OperatorConfig): string {
  return `${podName ?? operatorManager.name}.${namespace}`;
}

function warnOfFormerOptions({ config, logger }: Context): void {
  for (const [key, { flag }] of Object.entries(formerOptions)) {
    if (config[key as keyof typeof formerOptions] === undefined) continue;
    logger.warn('flag without effect: webhooks are served by admission-webhook', { flag: `--${flag}` });
  }
}
