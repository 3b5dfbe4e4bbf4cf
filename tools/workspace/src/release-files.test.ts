import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { workspaceRoot } from './projects.ts';

type ReleaseFiles = (
  app: string,
  version: string,
  read: (path: string) => string | undefined,
) => Record<string, string>;
const { releaseFiles } = createRequire(import.meta.url)('../release-files.cjs') as {
  releaseFiles: ReleaseFiles;
};

const paths = [
  'package-lock.json',
  'apps/retry-handler/package.json',
  'apps/operator-manager/package.json',
  'charts/retry-handler/Chart.yaml',
  'charts/operator-manager/Chart.yaml',
  'charts/rackwright/Chart.yaml',
];
const texts = new Map<string, string>();
beforeAll(async () => {
  for (const path of paths) texts.set(path, await readFile(join(workspaceRoot, path), 'utf8'));
});

interface Chart {
  readonly version: string;
  readonly appVersion: string;
  readonly dependencies: readonly { readonly name: string; readonly version: string }[];
}

function released(app: string): Record<string, string> {
  return releaseFiles(app, '7.8.9', (path) => texts.get(path));
}

test('a new version of an agent reaches its chart, the pins in others and the lockfile', () => {
  const files = released('retry-handler');
  expect(Object.keys(files).sort()).toEqual([
    'apps/retry-handler/package.json',
    'charts/rackwright/Chart.yaml',
    'charts/retry-handler/Chart.yaml',
    'package-lock.json',
  ]);
  expect(JSON.parse(files['apps/retry-handler/package.json'] ?? '')).toMatchObject({ version: '7.8.9' });
  expect(JSON.parse(files['package-lock.json'] ?? '').packages['apps/retry-handler'].version).toBe('7.8.9');
  const own: Chart = parse(files['charts/retry-handler/Chart.yaml'] ?? '');
  expect([own.version, own.appVersion]).toEqual(['7.8.9', '7.8.9']);
  const umbrella: Chart = parse(files['charts/rackwright/Chart.yaml'] ?? '');
  const pinned = umbrella.dependencies.filter(({ version }) => version === '7.8.9').map(({ name }) => name);
  expect(pinned).toEqual(['retry-handler']);
  expect(umbrella.version).not.toBe('7.8.9');
});

test('the umbrella chart goes by the version of the operator', () => {
  const files = released('operator-manager');
  const umbrella: Chart = parse(files['charts/rackwright/Chart.yaml'] ?? '');
  expect([umbrella.version, umbrella.appVersion]).toEqual(['7.8.9', '7.8.9']);
});

test('an app without a chart has its version in its package only', () => {
  const read = (path: string): string | undefined =>
    path === 'apps/new/package.json' ? '{\n  "version": "0.1.0"\n}\n' : undefined;
  expect(releaseFiles('new', '0.2.0', read)).toEqual({
    'apps/new/package.json': '{\n  "version": "0.2.0"\n}\n',
  });
});
