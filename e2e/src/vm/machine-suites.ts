import { readdir } from 'node:fs/promises';
import type { MachineSuite } from './machine-suite.ts';

/** A suite with the name of its family. */
export interface NamedMachineSuite extends MachineSuite {
  readonly family: string;
}

/** Names of the families that have a suite. */
export async function machineFamilies(): Promise<string[]> {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

/**
 * Loads the suites of the families with these names, or of every family that has one.
 *
 * @throws when a name is none of a family with a suite
 */
export async function loadMachineSuites(names: readonly string[] = []): Promise<NamedMachineSuite[]> {
  const known = await machineFamilies();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`there is no suite ${unknown.join(', ')}; there is ${known.join(', ')}`);
  }
  const chosen = names.length === 0 ? known : names;
  return Promise.all(
    chosen.map(async (family) => {
      const { suite } = (await import(`./${family}/suite.ts`)) as { readonly suite: MachineSuite };
      return { family, ...suite };
    }),
  );
}
