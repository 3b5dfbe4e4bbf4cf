import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Bed } from './bed.ts';
import type { CaseResult } from './case.ts';

/** Where a whole run of a tier leaves its results, as JSON. */
export function resultsFile(kind: Bed['kind']): string {
  return fileURLToPath(new URL(`../../dist/e2e/${kind}.json`, import.meta.url));
}

/** Where the logs of a bed go when a case failed on it. */
export function logsFolder(kind: Bed['kind']): string {
  return fileURLToPath(new URL(`../../dist/e2e/${kind}-logs`, import.meta.url));
}

/** Results of the last whole run of a tier in this checkout, or undefined when there was none. */
export async function lastResults(kind: Bed['kind']): Promise<readonly CaseResult[] | undefined> {
  const text = await readFile(resultsFile(kind), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as readonly CaseResult[]);
}
