import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { embeddedFiles, embeddings } from './embedded-charts.ts';
import { workspaceRoot } from './projects.ts';

async function files(generated: ReadonlyMap<string, string> = new Map()): Promise<Map<string, string>> {
  return new Map(await embeddedFiles(workspaceRoot, generated));
}

const folder = 'charts/aidaptivcache-operator';

test('a chart has the templates of those it renders as named templates, and what they read', async () => {
  const found = await files();
  const index = parse(found.get(`${folder}/files/embedded.yaml`) ?? '') as {
    charts: Record<string, { chart: { Name: string }; templates: string[]; values: object }>;
  };
  for (const part of embeddings['aidaptivcache-operator']?.charts ?? []) {
    const { chart, templates = [], values } = index.charts[part] ?? {};
    expect(chart?.Name).toBe(part);
    expect(values).toEqual(parse(await readFile(join(workspaceRoot, 'charts', part, 'values.yaml'), 'utf8')));
    const text = found.get(`${folder}/templates/_${part}.tpl`) ?? '';
    const defined = [...text.matchAll(/define "[a-z-]+\.template\.([^"]+)"/g)].map(([, name]) => name);
    expect(defined.sort()).toEqual(templates);
    const read = [...text.matchAll(/Files\.Get "([^"]+)"/g)].map(([, path]) => `${folder}/${path}`);
    expect(read.filter((path) => !found.has(path))).toEqual([]);
  }
});

test('a template that is generated itself is taken as it will be', async () => {
  const path = 'charts/node-discovery/templates/rbac.yaml';
  const found = await files(new Map([[path, 'kind: New\n']]));
  expect(found.get(`${folder}/templates/_node-discovery.tpl`)).toContain(
    '{{- define "node-discovery.template.rbac" -}}\nkind: New\n{{- end -}}',
  );
});

test('two charts with a file of one name are refused', async () => {
  const generated = new Map([['charts/operator-manager/files/agent.yaml', 'a: 1\n']]);
  await expect(files(generated)).rejects.toThrow(
    'two charts that one chart renders both have files/agent.yaml',
  );
});
