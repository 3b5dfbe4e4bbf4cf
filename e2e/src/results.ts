import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bed } from './bed.ts';
import type { CaseResult } from './case.ts';

/** Where a whole run of a tier leaves its results, as JSON. */
function resultsFile(kind: Bed['kind']): string {
  return fileURLToPath(new URL(`../../dist/e2e/${kind}.json`, import.meta.url));
}

/** Where the logs of a bed go when a case failed on it. */
export function logsFolder(kind: Bed['kind']): string {
  return fileURLToPath(new URL(`../../dist/e2e/${kind}-logs`, import.meta.url));
}

/** What a whole run of a tier found. */
export interface KeptResults {
  /** The checkout it ran on, see `checkoutVersion`. */
  readonly version: string;
  readonly results: readonly CaseResult[];
}

/** Leaves the results of a whole run where the other tier's comparison finds them. */
export async function keepResults(kind: Bed['kind'], results: readonly CaseResult[]): Promise<void> {
  const path = resultsFile(kind);
  const kept: KeptResults = { version: await checkoutVersion(), results };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(kept, null, 2)}\n`);
}

/** What the last whole run of a tier in this checkout left, or undefined when there was none. */
export async function lastResults(kind: Bed['kind']): Promise<KeptResults | undefined> {
  const text = await readFile(resultsFile(kind), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as KeptResults);
}

/** The commit that is checked out, with "-dirty" when files differ from it; "unknown" without git. */
export async function checkoutVersion(): Promise<string> {
  const git = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  try {
    const { stdout } = await promisify(execFile)('git', git, { cwd: import.meta.dirname });
    return stdout.trim();
  } catch {
    return 'unknown';
  }
}
