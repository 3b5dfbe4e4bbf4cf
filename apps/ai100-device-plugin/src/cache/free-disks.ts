import type { CacheDisk } from './disks.ts';
import { cacheTag } from './names.ts';
import { isAdoptable } from './plan-adoption.ts';
import type { CacheSnapshot } from './snapshot.ts';

/** Eligible drives that are in no volume of ours, nor in one that is taken over. */
export function freeDisks(s: CacheSnapshot): CacheDisk[] {
  const groups = s.report.vgs.filter((vg) => vg.tags.includes(cacheTag.managed) || isAdoptable(vg, s));
  const names = groups.map(({ name }) => name);
  const used = s.report.pvs.filter(({ vg }) => names.includes(vg)).map(({ name }) => name);
  return s.disks.filter(({ eligible, path }) => eligible && !used.includes(path));
}
