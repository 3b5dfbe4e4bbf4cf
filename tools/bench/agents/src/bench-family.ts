import { apps, families } from '@rackwright/registry';
import type { HostSpec, SimulatedHost } from '@rackwright/simulator';

/** Where the agents of the benchmark find things. */
export interface Surroundings {
  /** A folder of the benchmark's own. */
  readonly folder: string;
  /** The simulated host's `/`. */
  readonly host: string;
  readonly node: string;
  readonly pluginFolder: string;
  /** Makes a pod's root and returns the environment that goes with it. */
  readonly writePod: (folder: string) => Promise<Record<string, string>>;
}

/** How one agent is started, with the flags the operator or its chart would give it. */
export interface AgentSpec {
  readonly name: string;
  readonly port: number;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What a family of the registry with node agents brings to the benchmark:
 * `families/<family>/bench.ts` exports one as `bench`.
 */
export interface BenchFamily {
  /** Its hardware of the simulated host. */
  readonly hardware: HostSpec;
  /** Adds what its agents expect of the host beside hardware. */
  prepare(host: SimulatedHost): void;
  /** Every node agent of the family. */
  agents(around: Surroundings): Promise<readonly AgentSpec[]>;
  /** What happens to its hardware in a second of load; resolves within that second. */
  change(host: SimulatedHost, second: number): Promise<void>;
}

/** Loads what each family with node agents brings. */
export function loadBenchFamilies(): Promise<BenchFamily[]> {
  const withAgents = families.filter((family) => family.apps.some(({ kind }) => kind === 'node agent'));
  return Promise.all(
    withAgents.map(async ({ name }) => {
      const { bench } = (await import(`./families/${name}/bench.ts`)) as { readonly bench: BenchFamily };
      return bench;
    }),
  );
}

/**
 * Every agent of a node.
 *
 * @throws when a node agent of the registry is not among what the families start
 */
export async function agentSpecs(
  benches: readonly BenchFamily[],
  around: Surroundings,
): Promise<AgentSpec[]> {
  const specs = (await Promise.all(benches.map((bench) => bench.agents(around)))).flat();
  const missing = apps
    .filter(({ name, kind }) => kind === 'node agent' && !specs.some((spec) => spec.name === name))
    .map(({ name }) => name);
  if (missing.length > 0)
    throw new Error(`nobody starts ${missing.join(', ')}: add it to bench.ts of its family`);
  return specs;
}
