/** A volume group as its metadata say it; sectors are of 512 bytes. */
export interface Group {
  readonly name: string;
  readonly id: string;
  /** Grows with every change. */
  readonly seqno: number;
  /** The machine that may use it; empty for any. */
  readonly systemId: string;
  readonly tags: readonly string[];
  readonly extentSectors: number;
  readonly pvs: readonly GroupPv[];
  readonly lvs: readonly GroupLv[];
}

/** A physical volume of a group. */
export interface GroupPv {
  /** What segments call it, e.g. `pv0`. */
  readonly name: string;
  readonly id: string;
  /** Where it was when the metadata were written. */
  readonly device: string;
  readonly tags: readonly string[];
  readonly devSectors: number;
  readonly peStart: number;
  readonly peCount: number;
}

/** A logical volume of one segment. */
export interface GroupLv {
  readonly name: string;
  readonly id: string;
  readonly tags: readonly string[];
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly host: string;
  readonly extents: number;
  /** 0 for a linear one. */
  readonly stripeSectors: number;
  readonly stripes: readonly Stripe[];
}

/** A run of extents of a physical volume. */
export interface Stripe {
  readonly pv: string;
  readonly start: number;
}

/** Extents of a volume on each of its stripes. */
export function extentsPerStripe({ extents, stripes }: GroupLv): number {
  return extents / stripes.length;
}

/** Runs of extents of a physical volume that no volume has, in order. */
export function freeRuns(group: Group, pv: GroupPv): { start: number; count: number }[] {
  const taken = usedRuns(group, pv);
  const starts = [0, ...taken.map(({ start, count }) => start + count)];
  const ends = [...taken.map(({ start }) => start), pv.peCount];
  return starts
    .map((start, i) => ({ start, count: (ends[i] ?? start) - start }))
    .filter(({ count }) => count > 0);
}

/** Runs of extents that volumes have, in order. */
export function usedRuns(group: Group, pv: GroupPv): { start: number; count: number; lv: GroupLv }[] {
  return group.lvs
    .flatMap((lv) =>
      lv.stripes
        .filter((stripe) => stripe.pv === pv.name)
        .map(({ start }) => ({ start, count: extentsPerStripe(lv), lv })),
    )
    .sort((a, b) => a.start - b.start);
}

export function freeExtents(group: Group, pv: GroupPv): number {
  return freeRuns(group, pv).reduce((sum, { count }) => sum + count, 0);
}
