import { healthStates } from '@rackwright/hardware-nvme';
import { ai100PluginMetric as names } from '@rackwright/keys';
import { Counter, Gauge, type Registry } from '@rackwright/service';
import { type CacheBlocker, type CacheState, cacheStates } from './cache/index.ts';
import type { TrackedDrive, TransitionCount } from './health/health-tracker.ts';
import type { Unit } from './units/units.ts';

/** What is counted while the metrics are scraped. */
export interface AgentMetricsSource {
  readonly drives: readonly TrackedDrive[];
  readonly transitions: readonly TransitionCount[];
  readonly cache: CacheState;
  readonly units: readonly Unit[];
  /** Units that containers hold; undefined while the kubelet does not say. */
  readonly allocated: number | undefined;
  /** When the newest whole look at the node was over, in milliseconds since the epoch. */
  readonly lookedAtMs: number | undefined;
}

/** Shows what the plugin knows of its node. What it tells the kubelet is counted elsewhere. */
export function registerAgentMetrics(registry: Registry, source: () => AgentMetricsSource): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: (now: AgentMetricsSource) => number | undefined): void => {
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.reset();
        const value = read(source());
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  };
  gauge(names.units, 'Units of the cache.', ({ units }) => units.length);
  gauge(
    names.unitsHealthy,
    'Units that containers may get.',
    ({ units }) => units.filter(({ healthy }) => healthy).length,
  );
  gauge(
    names.unitsAllocated,
    'Units that containers hold; absent while the kubelet does not say.',
    ({ allocated }) => allocated,
  );
  gauge(
    names.lastLook,
    'When the newest whole look at the node was over, in seconds since the epoch.',
    ({ lookedAtMs }) => (lookedAtMs === undefined ? undefined : lookedAtMs / 1000),
  );
  registerStates(registry, source);
  registerTransitions(registry, source);
  registerBlockers(registry, source);
}

function registerStates(registry: Registry, source: () => AgentMetricsSource): void {
  const labelNames = ['state'] as const;
  new Gauge({
    ...{
      name: names.drives,
      help: 'AI100 drives of the node, by health.',
      labelNames,
      registers: [registry],
    },
    collect() {
      const { drives } = source();
      for (const state of healthStates)
        this.set({ state }, drives.filter(({ health }) => health.state === state).length);
    },
  });
  new Gauge({
    ...{
      name: names.cacheState,
      help: 'What the cache is at: 1 for its state, 0 for the others.',
      labelNames,
    },
    registers: [registry],
    collect() {
      const { cache } = source();
      for (const state of cacheStates) this.set({ state }, state === cache.state ? 1 : 0);
    },
  });
}

function registerTransitions(registry: Registry, source: () => AgentMetricsSource): void {
  new Counter({
    name: names.healthTransitions,
    help: 'How often a drive went from one health to another since the plugin has started.',
    labelNames: ['from', 'to'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { from, to, count } of source().transitions) this.inc({ from, to }, count);
    },
  });
}

function registerBlockers(registry: Registry, source: () => AgentMetricsSource): void {
  new Gauge({
    name: names.cacheBlockers,
    help: 'Why the cache is not made or used now, by safety gate and reason.',
    labelNames: ['gate', 'reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const blocker of source().cache.blockers) this.inc(labelsOf(blocker));
    },
  });
}

const labelsOf = ({ gate, name }: CacheBlocker): { gate: string; reason: string } => ({
  gate: gate === undefined ? '' : String(gate),
  reason: name,
});

/** Counts what kept the cache from being made and what failed on the way, each once as long as it stays the same. */
export class CacheCounters {
  readonly #refusals: Counter<'gate' | 'reason'>;
  readonly #failures: Counter<'step' | 'code'>;
  #told: ReadonlySet<string> = new Set();

  constructor(registry: Registry) {
    this.#refusals = new Counter({
      name: names.gateRefusals,
      help: 'Refusals to make or use the cache, by safety gate and reason.',
      labelNames: ['gate', 'reason'],
      registers: [registry],
    });
    this.#failures = new Counter({
      name: names.cacheFailures,
      help: 'Steps of making, finding and checking the cache that failed, by kind of the error.',
      labelNames: ['step', 'code'],
      registers: [registry],
    });
  }

  /** Counts what the state before did not have. */
  count({ blockers, failure, volumes }: CacheState): void {
    const seen = new Set<string>();
    const isNew = (...parts: readonly unknown[]): boolean => {
      const key = JSON.stringify(parts);
      const known = this.#told.has(key) || seen.has(key);
      seen.add(key);
      return !known;
    };
    for (const blocker of blockers)
      if (isNew(blocker.name, blocker.serial, blocker.detail)) this.#refusals.inc(labelsOf(blocker));
    for (const one of [failure, ...volumes.map((volume) => volume.failure)])
      if (one !== undefined && isNew(one.step, one.code, one.message))
        this.#failures.inc({ step: one.step, code: one.code });
    this.#told = seen;
  }
}
