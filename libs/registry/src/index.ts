import type { App, Family } from './app.ts';
import { ai100 } from './families/ai100.ts';
import { ais } from './families/ais.ts';
import { controlPlane } from './families/control-plane.ts';
import { cxi } from './families/cxi.ts';
import { discovery } from './families/discovery.ts';
import { pmem } from './families/pmem.ts';

export type { App, AppKind, Family, HeavyPackage } from './app.ts';
export { ai100 } from './families/ai100.ts';
export { ais } from './families/ais.ts';
export { controlPlane } from './families/control-plane.ts';
export { cxi } from './families/cxi.ts';
export { discovery } from './families/discovery.ts';
export { pmem } from './families/pmem.ts';

/**
 * Every family. Lint, build, test environments, benchmarks, charts and the generated
 * manifests read it, so that a new family is a file beside the others and one
 * line here.
 */
export const families = [controlPlane, cxi, discovery, ai100, pmem, ais] as const satisfies readonly Family[];

/** Every app, in the order of the families. */
export const apps: readonly App[] = families.flatMap((family): readonly App[] => family.apps);

/** The app an image is of, by its name or that of an older system's; undefined for one of others. */
export function appOfImage(name: string): App | undefined {
  return apps.find((app) => app.name === name || app.olderImages?.includes(name) === true);
}
