import { type AIStore, type AIStoreAuthProfile, aistoreAuthProfiles, aistores } from '@rackwright/api';
import { controllerOf } from '@rackwright/controller';
import { ais, kubernetes } from '@rackwright/keys';
import {
  type EndpointSlice,
  type KubeObject,
  keyOf,
  type Node,
  type PersistentVolumeClaim,
  type Pod,
  type ResourceType,
  resources,
  type Service,
  type StatefulSet,
} from '@rackwright/kube';
import type { InformerView, SharedInformers } from '@rackwright/manager';
import { names, roles } from './identity.ts';
import type { Memory } from './memory.ts';
import { ownObservation } from './observed/own-map.ts';
import type { Snapshot } from './snapshot.ts';

const byCluster = 'cluster';
const byNode = 'node';

/** All that passes are decided from. */
export interface ClusterCaches {
  readonly clusters: InformerView<AIStore>;
  readonly statefulSets: InformerView<StatefulSet>;
  readonly services: InformerView<Service>;
  readonly pods: InformerView<Pod>;
  readonly claims: InformerView<PersistentVolumeClaim>;
  readonly nodes: InformerView<Node>;
  readonly endpointSlices: InformerView<EndpointSlice>;
  readonly profiles: InformerView<AIStoreAuthProfile>;
  /** What is made for clusters, of every kind. */
  readonly owned: readonly InformerView<KubeObject>[];
  /** Services and pods of a cluster. */
  around(key: string): { readonly services: readonly Service[]; readonly pods: readonly Pod[] };
  /** Whether a proxy of a cluster is ready to be asked. */
  hasProxy(key: string): boolean;
  clusterOfSlice(slice: KubeObject): string[];
  /** Clusters that have pods on a node. */
  clustersOn(node: string): string[];
}

/** Declares the caches. Pods and what is made for clusters are found by their labels. */
export function clusterCaches(informers: SharedInformers): ClusterCaches {
  const labelSelector = `${kubernetes.label.managedBy}=${ais.managedBy}`;
  const ownedBy = controllerOf(aistores);
  const owned = <T extends KubeObject>(type: ResourceType<T>): InformerView<T> =>
    informers.watch({ type, labelSelector, indexes: { [byCluster]: ownedBy } });
  const pods = informers.watch({
    type: resources.pods,
    labelSelector,
    indexes: { [byCluster]: clusterOf, [byNode]: ({ spec }: Pod) => [spec?.nodeName ?? ''] },
  });
  const [statefulSets, services] = [owned(resources.statefulSets), owned(resources.services)];
  const endpointSlices = informers.watch({
    type: resources.endpointSlices,
    labelSelector,
    indexes: { [byCluster]: clusterOfSlice },
  });
  return {
    clusters: informers.watch({ type: aistores }),
    ...{ statefulSets, services, endpointSlices, clusterOfSlice },
    pods,
    clustersOn: (node) => [...new Set(pods.byIndex(byNode, node).flatMap(clusterOf))],
    claims: informers.watch({
      type: resources.persistentVolumeClaims,
      labelSelector: `${kubernetes.label.component} in (proxy,target)`,
      indexes: { [byCluster]: clusterOf },
    }),
    nodes: informers.watch({ type: resources.nodes }),
    profiles: informers.watch({ type: aistoreAuthProfiles }),
    owned: [
      ...[statefulSets, services],
      owned<KubeObject>(resources.configMaps),
      owned<KubeObject>(resources.serviceAccounts),
      owned<KubeObject>(resources.roles),
      owned<KubeObject>(resources.roleBindings),
      owned<KubeObject>(resources.podDisruptionBudgets),
      owned<KubeObject>(resources.jobs),
      owned<KubeObject>(resources.deployments),
    ] as InformerView<KubeObject>[],
    around: (key) => ({
      services: services.byIndex(byCluster, key),
      pods: pods.byIndex(byCluster, key),
    }),
    hasProxy: (key) => endpointSlices.byIndex(byCluster, key).some(hasReady),
  };
}

/** The cluster a pod or a claim is of, by its labels; empty for what only cleans up after one. */
export function clusterOf({ metadata }: KubeObject): string[] {
  const { [kubernetes.label.name]: name, [kubernetes.label.component]: component = '' } =
    metadata?.labels ?? {};
  const isNode = roles.some((role) => role === component);
  return name === undefined || !isNode ? [] : [`${metadata?.namespace}/${name}`];
}

/** The cluster whose proxies a slice lists; empty for other Services. */
function clusterOfSlice({ metadata }: KubeObject): string[] {
  const service = metadata?.labels?.[kubernetes.label.serviceName];
  const cluster = metadata?.labels?.[kubernetes.label.name];
  if (cluster === undefined || service !== names.role(cluster, 'proxy')) return [];
  return [`${metadata?.namespace}/${cluster}`];
}

/** The API server writes null for none. */
function hasReady({ endpoints }: EndpointSlice): boolean {
  return (endpoints ?? []).some(({ conditions }) => conditions?.ready === true);
}

export function takeSnapshot(key: string, caches: ClusterCaches, memory: Memory, now: number): Snapshot {
  const [cluster, pods] = [caches.clusters.get(key), caches.pods.byIndex(byCluster, key)];
  const related = memory.related(key);
  const { certificate } = related;
  return {
    ...{ key, now, namespaceEnds: memory.namespaceEnds(key), related },
    ...{ cluster, pods },
    others: caches.clusters.list().filter((one) => keyOf(one) !== key),
    live: [
      ...caches.owned.flatMap((cache) => cache.byIndex(byCluster, key)),
      ...(certificate === undefined ? [] : [certificate]),
    ],
    statefulSets: caches.statefulSets.byIndex(byCluster, key),
    services: caches.services.byIndex(byCluster, key),
    claims: caches.claims.byIndex(byCluster, key),
    nodes: caches.nodes.list(),
    hasProxy: caches.hasProxy(key),
    ais: ownObservation(memory.of(key), cluster?.status?.clusterID, pods),
  };
}
