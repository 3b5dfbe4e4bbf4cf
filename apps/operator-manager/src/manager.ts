import { cxi } from '@rackwright/keys';
import { type ManagerSpec, runManager } from '@rackwright/manager';
import { type ConfigOf, defineOptions, type ServiceContext, type ServiceSpec } from '@rackwright/service';
import { healthServers, metricsServers } from '@rackwright/web';
import { cxiDriver } from './cxidriver/controller.ts';
import { type ControllerName, formerOptions, managerOptions } from './options.ts';
import type { OperatorConfig } from './settings.ts';

const options = defineOptions({ ...managerOptions, ...formerOptions });
type Context = ServiceContext<ConfigOf<typeof options>>;

/** What the operator is made of. Another controller is a line in `controllers` and its name in the options. */
export const operatorManager: ManagerSpec<OperatorConfig, ControllerName> = {
  name: 'operator-manager',
  reporter: cxi.managedBy,
  lease: cxi.leaderElectionLease,
  controllers: { cxidriver: cxiDriver },
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
