/** How long things take in a real cluster, in milliseconds (measured on two processors). */
const real = {
  /** From the start of the first primary until it may rebalance. */
  startup: 13_000,
  /** How long a starting primary waits for the targets it was told of. */
  targetsWanted: 60_000,
  /** How long a proxy that wants no targets lives without any. */
  withoutTargets: 6000,
  /** How long the cluster map is held back while the primary starts. */
  mapHeldBack: 15_000,
  keepalive: 3000,
  /** From the last sign of the primary's life until its successor asks for votes. */
  primarySilent: 25_000,
  /** The same of other nodes, until the primary takes them off the map. */
  nodeSilent: 30_000,
  /** A rebalance with next to nothing to move. */
  rebalance: 45_000,
} as const;

/** Nothing is shorter than this, and how long others are waited for is not made much shorter: a machine may be slow. */
const shortest: Readonly<Partial<Record<keyof typeof real, number>>> = { targetsWanted: 20_000 };
const shortestOfAll = 50;

export type Timings = { readonly [Name in keyof typeof real]: number };

/** @param pace 1 as in a real cluster, 0.1 ten times as fast */
export function timings(pace: number): Timings {
  const scaled = (name: keyof typeof real): number =>
    Math.max(shortest[name] ?? shortestOfAll, real[name] * pace);
  const names = Object.keys(real) as (keyof typeof real)[];
  return Object.fromEntries(names.map((name) => [name, scaled(name)])) as Timings;
}

/** How long another node has for an answer, at any pace: a busy machine is no dead node. */
export const answerMs = 10_000;
/** The same for a question whether it lives. */
export const healthMs = 5000;
