import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { workspaceRoot } from './projects.ts';

// Whether the workflows are right is actionlint's question, asked in `npm run e2e`.

const readText = (path: string): Promise<string> => readFile(join(workspaceRoot, path), 'utf8');

test('both forges run the same checks', async () => {
  const { jobs } = parse(await readText('.github/workflows/ci.yml')) as { jobs: object };
  const gitlab = parse(await readText('.gitlab-ci.yml'), { merge: true }) as object;
  expect(Object.keys(gitlab)).toEqual(expect.arrayContaining(Object.keys(jobs)));
});

test('docs/ci.md explains every secret and variable the GitHub workflows read', async () => {
  const docs = await readText('docs/ci.md');
  const text = await Promise.all(['ci', 'release'].map((name) => readText(`.github/workflows/${name}.yml`)));
  const read = [...text.join().matchAll(/\b(?:secrets|vars)\.(\w+)/g)].map(([, name = '']) => name);
  expect(new Set(read).size).toBeGreaterThan(5);
  expect(read.filter((name) => !docs.includes(`\`${name}\``))).toEqual([]);
});
