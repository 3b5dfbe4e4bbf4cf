import { controlPlaneDefinitions, customResourceDefinitions } from '@rackwright/api';
import { KubeClient } from '@rackwright/kube';
import { connect, controllersOption, crdsOf } from '@rackwright/manager';
import { defineOptions, type ServiceSpec } from '@rackwright/service';
import { controllers } from '../controllers.ts';
import { bringCrds } from '../crds/bring.ts';
import { connectionOptions } from '../options.ts';

const options = defineOptions({
  kubeconfig: connectionOptions.kubeconfig,
  controllers: { ...controllersOption(controllers), description: 'Controllers whose CRDs are brought.' },
  timeout: {
    flag: 'timeout',
    type: 'duration',
    default: '1m',
    description: 'How long the API server may take to serve them.',
  },
});

/** Those that every controller makes use of. */
const common = customResourceDefinitions(controlPlaneDefinitions);

const outcome = {
  create: 'CRD created',
  update: 'CRD is that of this version',
  keep: 'CRD kept: it is that of a newer version',
} as const;

/** `operator-manager crds`: brings the CRDs of this version, which Helm does not do on an upgrade. */
export function crdsService(version: string): ServiceSpec<typeof options> {
  return {
    name: 'operator-manager crds',
    version,
    description: 'Applies the CRDs of this version; deletes none, and cuts down none of a newer version.',
    options,
    start: async ({ config, clock, env, logger, lifetime }) => {
      const connection = await connect(config.kubeconfig, env, clock);
      const userAgent = `operator-manager-crds/${version}`;
      const client = lifetime.use(new KubeClient({ connection, clock, logger, userAgent }));
      await bringCrds(client, [...common, ...crdsOf(controllers, config.controllers)], {
        clock,
        timeoutMs: config.timeout,
        signal: lifetime.signal,
        done: (crd, action) => logger.info(outcome[action], { crd }),
      });
    },
  };
}
