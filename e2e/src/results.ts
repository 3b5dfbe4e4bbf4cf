import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CaseResult } from './case.ts';
import type { TestEnvironment } from './test-environment.ts';

/** Where a whole run of a tier leaves its results, as JSON. */
function resultsFile(kind: TestEnvironment['kind']): string {
  return fileURLToPath(new URL(`../../dist/e2e/${kind}.json`, import.meta.url));
}

/** Where the logs of an environment go when a case failed on it. */
export function logsFolder(kind: TestEnvironment['kind'] | 'vm'): string {
  return fileURLToPath(new URL(`../../dist/e2e/${kind}-logs`, import.meta.url));
}

/** What a whole run of a tier found. */
export interface KeptResults {
  /** The checkout it ran on, see `checkoutVersion`. */
  readonly version: string;
  readonly results: readonly CaseResult[];
}

/** Leaves the results of a whole run where the other tier's comparison finds them. */
export async function keepResults(
  kind: TestEnvironment['kind'],
  results: readonly CaseResult[],
): Promise<void> {
  const path = resultsFile(kind);
  const kept: KeptResults = { version: await checkoutVersion(), results };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(kept, null, 2)}\n`);
}

/** What the last whole run of a tier in this checkout left, or undefined when there was none. */
export async function lastResults(kind: TestEnvironment['kind']): Promise<KeptResults | undefined> {
  const text = await readFile(resultsFile(kind), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as KeptResults);
}

/** What `checkoutVersion` says where git does not answer; equal to nothing, itself included. */
export const unknownVersion = 'unknown';

/**
 * The commit that is checked out; when files differ from it with "-dirty-" and
 * a hash of how, for two changed trees need not be the same. Files git does not
 * know yet are not seen.
 */
export async function checkoutVersion(cwd: string = import.meta.dirname): Promise<string> {
  const git = async (...words: string[]): Promise<string> => {
    const limits = { cwd, maxBuffer: 256 * 1024 * 1024 };
    return (await promisify(execFile)('git', words, limits)).stdout;
  };
  try {
    const commit = (await git('rev-parse', 'HEAD')).trim();
    const changes = await git('diff', '--binary', '--no-ext-diff', 'HEAD');
    if (changes === '') return commit;
    return `${commit}-dirty-${createHash('sha256').update(changes).digest('hex').slice(0, 12)}`;
  } catch {
    return unknownVersion;
  }
}
