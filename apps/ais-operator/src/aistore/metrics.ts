import type { AIStore, AIStoreStatus } from '@rackwright/api';
import { ais, aisMetric } from '@rackwright/keys';
import { Counter, Gauge, type Registry } from '@rackwright/service';
import type { AisCall } from './calls.ts';
import { roles } from './identity.ts';
import type { Observation } from './observed/observation.ts';

/** How a call that changes a cluster ended. */
export type CallOutcome =
  | 'success'
  /** Members change already: it is asked again. */
  | 'busy'
  /** AIStore does not take what it says. */
  | 'refused'
  | 'error';

/** What is told of clusters, read at each scrape. */
export interface MeteredClusters {
  /** Every cluster that there is. */
  readonly clusters: () => readonly AIStore[];
  /** What its own API said last; undefined on a replica that does not lead. */
  readonly seen: (key: string) => Observation | undefined;
  /** When its API said all that was asked, in milliseconds since the epoch. */
  readonly lastGoodLook: (key: string) => number | undefined;
  /** Whether the configuration is not what it shall be; undefined while nobody knows. */
  readonly configDiffers: (key: string) => boolean | undefined;
}

/** Counts calls of plans. */
export class CallCounts {
  readonly #counts = new Map<string, number>();

  add(call: AisCall['kind'], outcome: CallOutcome): void {
    const key = JSON.stringify({ call, outcome });
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  list(): readonly { readonly labels: { call: string; outcome: string }; readonly count: number }[] {
    return [...this.#counts].map(([key, count]) => ({
      labels: JSON.parse(key) as { call: string; outcome: string },
      count,
    }));
  }
}

type ClusterLabels = { readonly namespace: string; readonly cluster: string };

/** A sample of one cluster: its labels beside those of the cluster, and its value. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Adds what is known of clusters to a registry. Clusters that are gone leave nothing behind. */
export function addClusterMetrics(registry: Registry, metered: MeteredClusters, calls: CallCounts): void {
  for (const { name, help, labels = [], samples } of clusterGauges(metered)) {
    new Gauge({
      ...{ name, help, labelNames: ['namespace', 'cluster', ...labels], registers: [registry] },
      collect() {
        this.reset();
        for (const cluster of metered.clusters()) {
          const { name: own = '', namespace = '' } = cluster.metadata ?? {};
          const common: ClusterLabels = { namespace, cluster: own };
          for (const [more, value] of samples(cluster, `${namespace}/${own}`))
            this.set({ ...common, ...more }, value);
        }
      },
    });
  }
  new Counter({
    name: aisMetric.calls,
    help: 'Calls to AIStore that change a cluster, by what was asked and how it ended.',
    labelNames: ['call', 'outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, count } of calls.list()) this.inc(labels, count);
    },
  });
}

interface ClusterGauge {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly samples: (cluster: AIStore, key: string) => readonly Sample[];
}

function clusterGauges({ seen, lastGoodLook, configDiffers }: MeteredClusters): readonly ClusterGauge[] {
  return [
    {
      name: aisMetric.state,
      help: '1 for the state of a cluster, as .status.state says it.',
      labels: ['state'],
      samples: ({ status }) => (status?.state ? [[{ state: status.state }, 1]] : []),
    },
    {
      name: aisMetric.ready,
      help: 'Whether the condition Ready of a cluster is True.',
      samples: ({ status }) => [[{}, isTrue(status, ais.condition.ready)]],
    },
    byRole(aisMetric.nodesDesired, 'Nodes that a cluster shall have.', ({ desired }) => desired),
    byRole(aisMetric.nodesReady, 'Nodes that take part in a cluster.', ({ ready }) => ready),
    byRole(aisMetric.nodesInMaintenance, 'Nodes in maintenance.', countOf('Maintenance')),
    byRole(aisMetric.nodesDecommissioning, 'Nodes on their way out.', countOf('Decommissioning')),
    {
      name: aisMetric.rebalanceRunning,
      help: 'Whether objects are being moved between targets.',
      samples: (_, key) => flag(seen(key)?.rebalance?.running),
    },
    {
      name: aisMetric.rebalanceAborted,
      help: 'Whether the last rebalance was called off.',
      samples: (_, key) => flag(seen(key)?.rebalance?.aborted),
    },
    {
      name: aisMetric.configDiffers,
      help: 'Whether the configuration of a cluster is not what its AIStore says.',
      samples: (_, key) => flag(configDiffers(key)),
    },
    {
      name: aisMetric.configRefused,
      help: 'Whether AIStore does not take the configuration that its AIStore object says.',
      samples: ({ status }) => [[{}, isRefused(status)]],
    },
    {
      name: aisMetric.lastLook,
      help: 'When the API of a cluster last answered all that was asked, in seconds since 1970.',
      samples: (_, key) => {
        const at = lastGoodLook(key);
        return at === undefined ? [] : [[{}, at / 1000]];
      },
    },
  ];
}

type RoleStatus = NonNullable<AIStoreStatus['proxies']>;

function byRole(name: string, help: string, value: (status: RoleStatus) => number): ClusterGauge {
  return {
    ...{ name, help, labels: ['role'] },
    samples: ({ status }) =>
      roles.flatMap((role): Sample[] => {
        const own = role === 'proxy' ? status?.proxies : status?.targets;
        return own === undefined ? [] : [[{ role }, value(own)]];
      }),
  };
}

function countOf(state: string): (status: RoleStatus) => number {
  return ({ nodes = [] }) => nodes.filter((node) => node.state === state).length;
}

/** Nothing is told of what nobody knows. */
function flag(value: boolean | undefined): Sample[] {
  return value === undefined ? [] : [[{}, value ? 1 : 0]];
}

function isTrue(status: AIStoreStatus | undefined, type: string): number {
  return status?.conditions?.some((one) => one.type === type && one.status === 'True') ? 1 : 0;
}

function isRefused(status: AIStoreStatus | undefined): number {
  const ready = status?.conditions?.find(({ type }) => type === ais.condition.ready);
  return ready?.reason === ais.reason.configRejected ? 1 : 0;
}
