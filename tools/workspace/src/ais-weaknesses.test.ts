import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { filesBelow } from './chart-copies.ts';
import { workspaceRoot } from './projects.ts';

/** Findings of ais.md §8. */
const findings = 27;

/** Where the family has tests. */
const folders = [
  ...['apps/ais-operator/src', 'apps/admission-webhook/src', 'libs/aistore/src', 'libs/api/src/ais'],
  ...['e2e/src/suites/ais', 'tools/charts/src'],
];

const readText = (path: string): Promise<string> => readFile(join(workspaceRoot, path), 'utf8');

/** The rows of the table, by number: the name of the test. */
async function table(): Promise<ReadonlyMap<number, string>> {
  const rows = (await readText('docs/ais-weaknesses.md')).matchAll(/^\| (\d+) \| .+ \| (.+) \|$/gm);
  return new Map([...rows].map(([, number, name = '']) => [Number(number), name]));
}

test('docs/ais-weaknesses.md has each finding about the older operator once, in order', async () => {
  const numbers = Array.from({ length: findings }, (_, i) => i + 1);
  expect([...(await table()).keys()]).toEqual(numbers);
});

test('the tests that docs/ais-weaknesses.md names are there', async () => {
  const files = await Promise.all(folders.map((folder) => filesBelow(workspaceRoot, folder)));
  const sources = files.flat().filter((path) => path.endsWith('.ts'));
  const texts = await Promise.all(sources.map(readText));
  const all = texts.join('\n').replaceAll("\\'", "'");
  const missing = [...(await table())].filter(
    ([number, name]) => name !== 'none yet' && !all.includes(`weakness ${number}: ${name}`),
  );
  expect(missing).toEqual([]);
});
