import { freeExtents, freeRuns, type Group, type GroupPv, type Stripe } from './group.ts';
import { LvmFailure } from './session.ts';

/** What lvcreate is asked for. */
export interface Wanted {
  readonly name: string;
  /** Extents, before they are made to fit the stripes. */
  readonly extents: number;
  /** Whether fewer will do, as with a percentage of what is free. */
  readonly approximate: boolean;
  readonly stripes: number;
}

/** Where a new volume lies, and what LVM says about the size it got. */
export interface Allocation {
  readonly extents: number;
  readonly stripes: readonly Stripe[];
  readonly lines: readonly string[];
}

/**
 * Finds room for a volume: one run of extents on each of as many disks as it has
 * stripes, in the order of the disks.
 *
 * @throws LvmFailure where LVM finds none
 */
export function allocate(group: Group, usable: readonly GroupPv[], wanted: Wanted): Allocation {
  const { name, stripes, approximate } = wanted;
  const free = usable.reduce((sum, pv) => sum + freeExtents(group, pv), 0);
  const rounded = Math.floor(wanted.extents / stripes) * stripes;
  const lines =
    rounded === wanted.extents
      ? []
      : [`Rounding size (${wanted.extents} extents) down to stripe boundary size (${rounded} extents)`];
  if (rounded > free) {
    throw new LvmFailure(
      `Volume group "${group.name}" has insufficient free space (${free} extents): ${rounded} required.`,
    );
  }
  const runs = largestRuns(group, usable, stripes);
  const most = Math.min(...runs.map(({ count }) => count)) * stripes;
  if (runs.length < stripes) {
    throw new LvmFailure(
      ...lines,
      `Insufficient suitable allocatable extents found for logical volume ${name}.`,
    );
  }
  if (!approximate && most < rounded) {
    const more = `${rounded - most} more required`;
    throw new LvmFailure(`Insufficient suitable allocatable extents for logical volume ${name}: ${more}`);
  }
  return {
    extents: Math.min(rounded, most),
    stripes: runs.map(({ pv, start }) => ({ pv: pv.name, start })),
    lines,
  };
}

interface Run {
  readonly pv: GroupPv;
  readonly start: number;
  readonly count: number;
}

/** The disks with most room in one piece, as many as there are stripes, in the order of the group. */
function largestRuns(group: Group, usable: readonly GroupPv[], stripes: number): Run[] {
  const best = usable.flatMap((pv): Run[] => {
    const [largest] = freeRuns(group, pv).sort((a, b) => b.count - a.count);
    return largest === undefined ? [] : [{ pv, ...largest }];
  });
  const chosen = new Set([...best].sort((a, b) => b.count - a.count).slice(0, stripes));
  return best.filter((run) => chosen.has(run));
}
