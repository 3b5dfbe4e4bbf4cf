import {
  ai100Definitions,
  aidaptivCacheNodes,
  aidaptivCaches,
  customResourceDefinitions,
} from '@rackwright/api';
import { Controller, type ControllerSource } from '@rackwright/controller';
import { aidaptivCache, kubernetes } from '@rackwright/keys';
import { type KubeClient, resources } from '@rackwright/kube';
import {
  type ControllerContext,
  type ControllerParts,
  type ControllerRegistration,
  Reconciler,
  type SharedInformers,
} from '@rackwright/manager';
import { markedSelector, presentSelector, trimNode, trimReport } from './nodes/node-cache.ts';
import { phisonDeviceOperatorController } from './older/controller.ts';
import { type Ai100Config, ai100Options } from './options.ts';
import { type Ai100Settings, ai100Settings } from './settings.ts';
import { CacheSteps } from './steps.ts';

/** Rolls the AidaptivCache out. */
export const aidaptivCacheRegistration: ControllerRegistration<Ai100Config, typeof ai100Options> = {
  options: ai100Options,
  onlyIfNamed: true,
  crds: customResourceDefinitions(ai100Definitions),
  build: async (context) => {
    const clusterId = await clusterIdOf(context.client, context.signal);
    const settings = ai100Settings(context.config, context.version, clusterId);
    return aidaptivCacheController({ ...context, settings });
  },
};

/** What the AidaptivCache controller needs. */
export type Ai100ControllerOptions = Omit<
  ControllerContext<unknown>,
  'config' | 'version' | 'signal' | 'notices'
> & {
  readonly settings: Ai100Settings;
};

/** Builds the AidaptivCache controller; nothing runs until its parts are started. */
export function aidaptivCacheController(options: Ai100ControllerOptions): ControllerParts {
  const caches = cachesOf(options);
  const reconciler = new Reconciler(new CacheSteps({ ...options, caches }), options);
  const controller = new Controller({
    ...options,
    name: 'aidaptivcache',
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
    sources: sourcesOf(caches),
  });
  const start = async (signal: AbortSignal): Promise<void> => {
    using _ = options.crdShortfall.subscribe(() => controller.enqueue(aidaptivCache.name));
    await controller.start(signal);
  };
  const older = phisonDeviceOperatorController({ ...options, caches: caches.caches });
  return { led: [{ name: controller.name, start }, older] };
}

type Ai100Caches = ReturnType<typeof cachesOf>;

/** There is one AidaptivCache, so everything is about it. */
function sourcesOf(caches: Ai100Caches): ControllerSource[] {
  return Object.values(caches).map((informer) => ({ informer, map: () => [aidaptivCache.name] }));
}

function cachesOf({
  informers,
  settings: { namespace },
}: {
  readonly informers: SharedInformers;
  readonly settings: Ai100Settings;
}) {
  const labelSelector = `${kubernetes.label.managedBy}=${aidaptivCache.managedBy}`;
  const owned = { labelSelector, namespace };
  const nodes = { type: resources.nodes, trim: trimNode };
  return {
    caches: informers.watch({ type: aidaptivCaches }),
    reports: informers.watch({ type: aidaptivCacheNodes, trim: trimReport }),
    presentNodes: informers.watch({ ...nodes, labelSelector: presentSelector }),
    markedNodes: informers.watch({ ...nodes, labelSelector: markedSelector }),
    daemonSets: informers.watch({ ...owned, type: resources.daemonSets }),
    serviceAccounts: informers.watch({ ...owned, type: resources.serviceAccounts }),
    roleBindings: informers.watch({ ...owned, type: resources.roleBindings }),
    services: informers.watch({ ...owned, type: resources.services }),
    clusterRoleBindings: informers.watch({ labelSelector, type: resources.clusterRoleBindings }),
  };
}

/** What stays the same while the cluster is the same one. */
async function clusterIdOf(client: Pick<KubeClient, 'get'>, signal: AbortSignal): Promise<string> {
  const { metadata } = await client.get(resources.namespaces, { name: 'kube-system' }, { signal });
  return metadata?.uid ?? '';
}
