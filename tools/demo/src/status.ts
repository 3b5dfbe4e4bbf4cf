import { type KubeClient, resources } from '@rackwright/kube';
import type { DemoFamily } from './demo-family.ts';
import type { Section } from './section.ts';

/** What the demo shows of the cluster at one moment. */
export interface ClusterStatus {
  /** Extended resources of the families. */
  readonly resources: readonly string[];
  readonly nodes: readonly {
    readonly name: string;
    readonly ready: boolean;
    /** One for each of the resources; a dash where the node has none. */
    readonly amounts: readonly { readonly capacity: string; readonly allocatable: string }[];
  }[];
  /** Tables of the families. */
  readonly sections: readonly Section[];
  readonly pods: readonly {
    readonly name: string;
    readonly node: string;
    readonly phase: string;
    readonly ready: string;
    readonly restarts: number;
  }[];
  /** Newest last. */
  readonly events: readonly {
    readonly at: string;
    readonly type: string;
    readonly reason: string;
    readonly about: string;
    readonly note: string;
  }[];
}

/** Reads everything the demo shows. */
export async function readStatus(
  kube: KubeClient,
  namespace: string,
  families: readonly DemoFamily[],
): Promise<ClusterStatus> {
  const [nodes, sections, pods, events] = await Promise.all([
    kube.list(resources.nodes),
    Promise.all(families.map((family) => family.sections(kube))),
    podsOf(kube, [namespace, 'default']),
    eventsOf(kube, [namespace, 'default']),
  ]);
  const names = families.flatMap((family) => family.resources);
  return {
    resources: names,
    nodes: nodes.items.map(({ metadata, status }) => ({
      name: metadata?.name ?? '',
      ready:
        status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ??
        false,
      amounts: names.map((resource) => ({
        capacity: String(status?.capacity?.[resource] ?? '-'),
        allocatable: String(status?.allocatable?.[resource] ?? '-'),
      })),
    })),
    sections: sections.flat(),
    pods,
    events,
  };
}

async function podsOf(kube: KubeClient, namespaces: readonly string[]): Promise<ClusterStatus['pods']> {
  const lists = await Promise.all(namespaces.map((namespace) => kube.list(resources.pods, { namespace })));
  return lists
    .flatMap((list) => list.items)
    .map(({ metadata, spec, status }) => {
      const containers = status?.containerStatuses ?? [];
      return {
        name: metadata?.name ?? '',
        node: spec?.nodeName ?? '-',
        phase: metadata?.deletionTimestamp === undefined ? (status?.phase ?? '-') : 'Terminating',
        ready: `${containers.filter((container) => container.ready).length}/${spec?.containers.length ?? 0}`,
        restarts: containers.reduce((sum, container) => sum + container.restartCount, 0),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function eventsOf(kube: KubeClient, namespaces: readonly string[]): Promise<ClusterStatus['events']> {
  const lists = await Promise.all(namespaces.map((namespace) => kube.list(resources.events, { namespace })));
  return lists
    .flatMap((list) => list.items)
    .map((event) => ({
      at: event.series?.lastObservedTime ?? event.eventTime ?? event.metadata?.creationTimestamp ?? '',
      type: event.type ?? '',
      reason: event.reason ?? '',
      about: `${event.regarding?.kind ?? ''}/${event.regarding?.name ?? ''}`,
      note: event.note ?? '',
    }))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
}
