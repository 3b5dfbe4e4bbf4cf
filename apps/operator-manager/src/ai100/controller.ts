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
import { Accounts } from '../claim/accounts.ts';
import { Claims } from '../claim/claims.ts';
import { Exclusivity } from '../claim/exclusivity.ts';
import { type OwnInstallation, ownInstallation } from '../claim/own-installation.ts';
import { claimedCaches } from './claimed-caches.ts';
import { ExpectedExporters } from './handshake/expected-exporters.ts';
import { KnownExporters } from './handshake/known-exporters.ts';
import { handshakeKeepers, handshakeServers } from './handshake/servers.ts';
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
    const { client, config, signal } = context;
    const { namespace, serviceAccount: account } = config;
    const installation = await ownInstallation(client, { namespace, account }, signal);
    const clusterId = await clusterIdOf(client, signal);
    const settings = ai100Settings(config, context.version, clusterId);
    const known = new KnownExporters(context.clock);
    const exporters = settings.handshake === undefined ? {} : { exporters: known };
    const parts = aidaptivCacheController({ ...context, ...exporters, installation, settings });
    return {
      ...parts,
      led: [...parts.led, ...handshakeKeepers(context, client)],
      servers: (process, serving) => handshakeServers({ ...context, ...process }, serving, known),
    };
  },
};

/** What the AidaptivCache controller needs. */
export type Ai100ControllerOptions = Omit<ControllerContext<unknown>, 'config' | 'version' | 'signal'> & {
  readonly installation: OwnInstallation;
  readonly settings: Ai100Settings;
  /** Who makes handshakes; undefined where nobody listens. */
  readonly exporters?: KnownExporters;
};

/** So long after an exporter is heard of that was not before, all that are by then are told of together. */
const newsWaitMs = 2000;

/** Builds the AidaptivCache controller; nothing runs until its parts are started. */
export function aidaptivCacheController(options: Ai100ControllerOptions): Required<ControllerParts> {
  const caches = cachesOf(options);
  const { claims, exclusivity } = claimParts(options, caches);
  const expected = options.exporters && new ExpectedExporters(options.exporters, options.clock);
  const steps = new CacheSteps({ ...options, caches, claims, exporters: expected });
  const reconciler = new Reconciler(steps, options);
  const controller = new Controller({
    ...options,
    name: 'aidaptivcache',
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
    sources: sourcesOf(caches),
  });
  const start = async (signal: AbortSignal): Promise<void> => {
    claims.forget();
    expected?.forget();
    using subscriptions = new DisposableStack();
    subscriptions.use(options.crdShortfall.subscribe(() => controller.enqueue(aidaptivCache.name)));
    const told = (): void => controller.queue.addAfter(aidaptivCache.name, newsWaitMs);
    subscriptions.use(options.exporters?.news.subscribe(told));
    if (options.exporters !== undefined) subscriptions.use(readWhileLeading(options.exporters));
    await controller.start(signal);
  };
  const older = phisonDeviceOperatorController({ ...options, caches: caches.caches });
  return {
    led: [{ name: controller.name, start }, older],
    always: [exclusivity],
    activeState: { name: exclusivity.name, value: exclusivity.activeState },
  };
}

function readWhileLeading(exporters: KnownExporters): Disposable {
  exporters.isRead = true;
  return {
    [Symbol.dispose]: () => {
      exporters.isRead = false;
    },
  };
}

function claimParts(options: Ai100ControllerOptions, { caches, daemonSets }: Ai100Caches) {
  const { installation, notices } = options;
  const [kind, accounts] = [claimedCaches, new Accounts(options)];
  const claims = new Claims({ ...options, kind, self: installation.self, accounts });
  const parts = { ...installation, kind, objects: caches, daemonSets, accounts, claims };
  return { claims, exclusivity: new Exclusivity({ ...options, ...parts, events: notices }) };
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
    // Those of an installation that is gone stay in the namespace where they run.
    daemonSets: informers.watch({ labelSelector, type: resources.daemonSets }),
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
