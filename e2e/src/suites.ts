import { families } from '@rackwright/registry';
import type { Case } from './case.ts';
import { noneDenied, noneUnused } from './rights-cases.ts';
import type { Suite } from './suite.ts';
import type { TestEnvironment } from './test-environment.ts';

/**
 * Loads the suites of the families with these names, or of every family.
 *
 * @throws when a name is none of a family
 */
export async function loadSuites(names: readonly string[] = []): Promise<Suite[]> {
  const known: readonly string[] = families.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`there is no suite ${unknown.join(', ')}; there is ${known.join(', ')}`);
  }
  const chosen = names.length === 0 ? known : known.filter((name) => names.includes(name));
  return Promise.all(chosen.map(loadSuite));
}

async function loadSuite(family: string): Promise<Suite> {
  const { suite } = (await import(`./suites/${family}/suite.ts`)) as { readonly suite: Suite };
  return suite;
}

/**
 * The cases of `suites` that `kind` can show, in the order they run: the
 * installation goes last, then its rights are audited. Whether they are all
 * needed only the cases of every suite can tell.
 */
export function casesOf(suites: readonly Suite[], kind: TestEnvironment['kind'], env = process.env): Case[] {
  const all = [
    ...suites.flatMap((suite) => suite.cases),
    ...suites.flatMap((suite) => suite.beside ?? []),
    ...suites.flatMap((suite) => suite.removal),
    noneDenied,
    ...(suites.length === families.length ? [noneUnused] : []),
  ];
  const long = env.RACKWRIGHT_LONG_TESTS === '1';
  return all.filter((item) => (item.only ?? kind) === kind && (long || item.long !== true));
}
