import type { AisClient } from '@rackwright/aistore';
import {
  type AIStore,
  aisDefinitions,
  aistores,
  customResourceDefinitions,
  parseAIStore,
} from '@rackwright/api';
import { Controller, controllerOf } from '@rackwright/controller';
import { type KubeObject, keyOf, type Node } from '@rackwright/kube';
import {
  type ControllerContext,
  type ControllerRegistration,
  isTerminating,
  Reconciler,
  type ServingParts,
} from '@rackwright/manager';
import type { SharedConfig } from '../options.ts';
import { type ClusterCaches, clusterCaches, clusterOf, takeSnapshot } from './caches.ts';
import { clusterDomain } from './cluster-domain.ts';
import { effectiveSpec } from './effective.ts';
import { type LoginMethod, loginMethod, type NoLogin } from './login-method.ts';
import { Memory } from './memory.ts';
import { addClusterMetrics, CallCounts, type MeteredClusters } from './metrics.ts';
import { apiUrl } from './observed/api-url.ts';
import { AisClients } from './observed/clients.ts';
import { type LoginReader, loginVersions } from './observed/logins.ts';
import { observe } from './observed/observer.ts';
import { lookUp, type RelatedReader } from './observed/related.ts';
import type { AisSettings } from './settings.ts';
import { ClusterSteps } from './steps.ts';

/** Brings AIStore clusters to what their objects say. */
export const aistoreRegistration: ControllerRegistration<SharedConfig> = {
  options: {},
  crds: customResourceDefinitions(aisDefinitions),
  build: async (context) => {
    const { config } = context;
    const domain = config.clusterDomain === '' ? await clusterDomain() : config.clusterDomain;
    const { env } = process;
    const settings = {
      ...{ clusterDomain: domain, skipVerify: config.skipVerify, steadyLookMs: 30_000 },
      cleanupHelperImage: config.cleanupHelperImage,
      proxyEnv: env.NODE_USE_ENV_PROXY === '1' ? env : undefined,
    };
    return aistoreController({ ...context, settings });
  },
};

/** What the controller of clusters needs. */
export type AistoreControllerOptions = Omit<ControllerContext<unknown>, 'config' | 'version' | 'signal'> & {
  readonly settings: AisSettings;
};

/** Clusters worked on at the same time: one that does not answer holds up no other. */
const concurrency = 8;

/** Builds the controller; nothing runs until its parts are started. */
export function aistoreController(options: AistoreControllerOptions): ServingParts {
  const { clock, settings } = options;
  const caches = clusterCaches(options.informers);
  const memory = new Memory();
  const callCounts = new CallCounts();
  const clients = new AisClients(clock, options.client, settings.proxyEnv);
  const clientOf = (key: string): AisClient | undefined => {
    const cluster = caches.clusters.get(key);
    if (cluster === undefined) return undefined;
    const baseUrl = apiUrl({ cluster, ...caches.around(key) }, settings);
    if (baseUrl === undefined) return undefined;
    const skipVerify = cluster.spec.operatorSkipVerifyCrt ?? settings.skipVerify;
    const login = loginOf(cluster, caches);
    return clients.of(key, { baseUrl, skipVerify, login, loginVersions: memory.related(key).loginVersions });
  };
  const steps = new ClusterSteps({
    ...options,
    ...{ memory, callCounts, clientOf },
    takeSnapshot: (key) => takeSnapshot(key, caches, memory, clock.now()),
  });
  const reconciler = new Reconciler(steps, options);
  const controller = new Controller({
    ...options,
    ...{ name: 'aistore', concurrency },
    reconcile: async (key, signal) => {
      if (caches.clusters.get(key) === undefined) {
        memory.forget(key);
        clients.forget(key);
      } else {
        await lookUpRelated(key, caches, { client: options.client, memory }, signal);
        await look(key, caches, { clientOf, memory, clock }, signal);
      }
      return reconciler.reconcile(key, signal);
    },
    sources: sourcesOf(caches),
  });
  return {
    led: [controller],
    servers: ({ metrics }) => {
      addClusterMetrics(metrics, meteredClusters(caches, memory), callCounts);
      return [];
    },
  };
}

function meteredClusters(caches: ClusterCaches, memory: Memory): MeteredClusters {
  return {
    clusters: () => caches.clusters.list(),
    seen: (key) => memory.of(key),
    lastGoodLook: (key) => memory.lastGoodLook(key),
    configDiffers: (key) => memory.configDiffers(key),
  };
}

/** What is not watched is read before every pass. */
async function lookUpRelated(
  key: string,
  caches: ClusterCaches,
  { client, memory }: { readonly client: RelatedReader & LoginReader; readonly memory: Memory },
  signal: AbortSignal,
): Promise<void> {
  const cluster = caches.clusters.get(key);
  if (cluster === undefined) return;
  const parsed = parseAIStore(cluster);
  const { name = '', namespace = '' } = cluster.metadata ?? {};
  const effective = parsed.ok && !isTerminating(cluster) ? effectiveSpec(parsed.value.spec) : undefined;
  const owner = { name, namespace, object: cluster };
  const related = await lookUp(client, owner, effective, signal);
  const versions = await loginVersions(loginOf(cluster, caches), client, signal);
  memory.noteRelated(key, { ...related, loginVersions: versions });
}

/** What the cluster itself says comes before every pass, so that nothing is decided from what was. */
async function look(
  key: string,
  caches: ClusterCaches,
  {
    clientOf,
    memory,
    clock,
  }: Pick<AistoreControllerOptions, 'clock'> & {
    readonly clientOf: (key: string) => AisClient | undefined;
    readonly memory: Memory;
  },
  signal: AbortSignal,
): Promise<void> {
  const client = caches.hasProxy(key) ? clientOf(key) : undefined;
  memory.noteSeen(key, client === undefined ? undefined : await observe(client, clock, signal));
}

function loginOf(cluster: AIStore, caches: ClusterCaches): LoginMethod | NoLogin | undefined {
  const parsed = parseAIStore(cluster);
  const { spec } = parsed.ok ? parsed.value : cluster;
  return loginMethod(spec, cluster.metadata?.namespace ?? '', (name) => caches.profiles.get(name));
}

function sourcesOf(caches: ClusterCaches) {
  const owned = controllerOf(aistores);
  const following = ({ metadata }: Node): string[] => [
    ...caches.clusters.list().filter(followsNodes).map(keyOf),
    // A node that is drained, and one that is back.
    ...caches.clustersOn(metadata?.name ?? ''),
  ];
  return [
    { informer: caches.clusters },
    ...caches.owned.map((informer) => ({ informer, map: owned })),
    { informer: caches.pods, map: clusterOf },
    { informer: caches.claims, map: clusterOf },
    { informer: caches.endpointSlices, map: caches.clusterOfSlice },
    { informer: caches.nodes, map: following },
    {
      informer: caches.profiles,
      map: ({ metadata }: KubeObject): string[] =>
        caches.clusters
          .list()
          .filter(({ spec }) => spec.auth?.profileRef?.name === metadata?.name)
          .map(keyOf),
    },
  ];
}

function followsNodes({ spec }: AIStore): boolean {
  const isNamed = spec.tls?.certificate !== undefined && spec.tls.certificate.mode !== 'csi';
  return isNamed || spec.size === -1 || spec.proxySpec.size === -1 || spec.targetSpec.size === -1;
}
