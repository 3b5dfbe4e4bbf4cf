import { HwError } from '@rackwright/core';
import { KubeClient } from '@rackwright/kube';
import { connect } from '@rackwright/manager';
import { type ConfigOf, defineOptions, type ServiceSpec } from '@rackwright/service';
import { removedCaches } from '../ai100/removal/removed-caches.ts';
import { removedDrivers } from '../cxidriver/removal/removed-drivers.ts';
import { connectionOptions } from '../options.ts';
import type { RemovalRequest } from '../removal/next-step.ts';
import { Removal } from '../removal/remove.ts';

const options = defineOptions({
  ...connectionOptions,
  cxidriver: {
    flag: 'cxidriver',
    type: 'list',
    default: [],
    description: 'Names of the CXIDrivers to take away.',
  },
  all: {
    flag: 'all',
    type: 'boolean',
    default: false,
    description: 'Take every CXIDriver away, but for those that another installation looks after.',
  },
  aidaptivcache: {
    flag: 'aidaptivcache',
    type: 'boolean',
    default: false,
    description: 'Take the AidaptivCache away, unless another installation looks after it.',
  },
  refuseOthers: {
    flag: 'refuse-others',
    type: 'boolean',
    default: false,
    description: 'Do nothing when there are CXIDrivers that are not named: they would lose their operator.',
  },
  finish: {
    flag: 'finish',
    type: 'boolean',
    default: false,
    description: 'Delete nothing; only finish what is being deleted already.',
  },
  timeout: {
    flag: 'timeout',
    type: 'duration',
    default: '2m',
    description: 'How long the operator may take, or this program where none works.',
  },
});

/**
 * `operator-manager remove`: takes CXIDrivers or the AidaptivCache away and waits until what they
 * rolled out is taken back. It works with an operator and without one.
 */
export function removeService(
  version: string,
  stdout: { write(text: string): unknown },
): ServiceSpec<typeof options> {
  return {
    name: 'operator-manager remove',
    version,
    description:
      'Deletes CXIDrivers or the AidaptivCache and waits until they are taken away, by the operator or, without one, by itself.',
    options,
    start: async ({ config, clock, env, logger, lifetime }) => {
      const request = requestOf(config);
      const connection = await connect(config.kubeconfig, env, clock);
      const userAgent = `operator-manager-remove/${version}`;
      const client = lifetime.use(new KubeClient({ connection, clock, logger, userAgent }));
      const { signal } = lifetime;
      const common = { client, clock, logger, timeoutMs: config.timeout, signal };
      try {
        if (config.aidaptivcache) await new Removal(removedCaches, allOf(config), common).run();
        if (request !== undefined) await new Removal(removedDrivers, request, common).run();
      } catch (error) {
        // Helm and a pod's termination message show the end of what was printed.
        if (error instanceof HwError) stdout.write(`${error.message}\nWhat to do: ${error.remedy}\n`);
        throw error;
      }
      logger.info('nothing of it is left');
    },
  };
}

/** Whose operator it is about. */
function accountOf({ namespace, serviceAccount: account }: ConfigOf<typeof options>) {
  return { namespace, ...(account === undefined ? {} : { account }) };
}

/** Every object of a kind, but for those that another installation looks after. */
function allOf(config: ConfigOf<typeof options>): RemovalRequest {
  return { named: [], others: 'remove', finish: config.finish, ...accountOf(config) };
}

/** Undefined when CXIDrivers are left alone. */
function requestOf(config: ConfigOf<typeof options>): RemovalRequest | undefined {
  const { cxidriver, all, refuseOthers, finish, aidaptivcache } = config;
  if (all && refuseOthers) {
    throw new HwError('InvalidArgument', 'it cannot go with --all', { field: '--refuse-others' });
  }
  if (cxidriver.length === 0 && !all && !refuseOthers) {
    if (aidaptivcache) return undefined;
    throw new HwError('InvalidArgument', 'name a CXIDriver, or say --all', { field: '--cxidriver' });
  }
  const others = all ? 'remove' : refuseOthers ? 'refuse' : 'ignore';
  return { named: cxidriver, others, finish, ...accountOf(config) };
}
