import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chartHelpers, subchartCopies } from './chart-copies.ts';
import { staleFiles, writeStale } from './generated.ts';

let root: string;

async function place(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rwcharts-'));
  await place({
    'charts/common/templates/_a.tpl': '{{- define "a" -}}{{- end -}}\n',
    'charts/common/templates/_b.tpl': '{{- define "b" -}}{{- end -}}\n',
    'charts/rackwright/Chart.yaml': 'dependencies:\n  - name: agent\n',
    'charts/agent/Chart.yaml': 'name: agent\n',
    'charts/agent/templates/x.yaml': 'kind: X\n',
    'charts/agent/project.json': '{}\n',
    'charts/agent/.helmignore': 'project.json\n',
  });
});
afterEach(() => rm(root, { recursive: true }));

test('each chart gets the shared helpers in one file of its own', async () => {
  const helpers = await chartHelpers(root);
  expect(helpers.map(([path]) => path)).toEqual([
    'charts/agent/templates/_common.tpl',
    'charts/rackwright/templates/_common.tpl',
  ]);
  for (const [, text] of helpers) {
    expect(text).toMatch(/^\{\{- \/\* Generated from charts\/common .*\n.*define "a".*\n\n.*define "b"/);
  }
});

test('the umbrella holds what the folder of a chart holds, without the files of this workspace', async () => {
  const generated = new Map([['charts/agent/values.schema.json', '{}']]);
  expect(Object.fromEntries(await subchartCopies(root, generated))).toEqual({
    'charts/rackwright/charts/agent/Chart.yaml': 'name: agent\n',
    'charts/rackwright/charts/agent/templates/x.yaml': 'kind: X\n',
    'charts/rackwright/charts/agent/values.schema.json': '{}',
  });
});

test('a file that is gone from a chart is stale in the umbrella, and goes from there too', async () => {
  await writeStale(root, await subchartCopies(root, new Map()));
  await rm(join(root, 'charts/agent/templates/x.yaml'));
  const copies = await subchartCopies(root, new Map());
  expect(await staleFiles(root, copies)).toEqual(['charts/rackwright/charts/agent/templates/x.yaml']);
  await writeStale(root, copies);
  expect(await staleFiles(root, await subchartCopies(root, new Map()))).toEqual([]);
  await expect(readFile(join(root, 'charts/rackwright/charts/agent/templates/x.yaml'))).rejects.toThrow(
    'ENOENT',
  );
});
