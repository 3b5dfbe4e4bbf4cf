import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readCharts } from './charts.ts';
import { manifestViolations } from './objects.ts';
import { objectOf, podOf, refusalOf, renderings } from './render-fixture.ts';

const charts = readCharts();
const names = charts.map(({ name }) => name);
const foreign = { clusterName: 'z', postgresql: { auth: { database: 'x' } }, host: { name: 'example.test' } };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rwwrapper-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A chart of somebody else that holds one of ours, and has helpers named as many charts name theirs. */
async function wrapperOf(name: string): Promise<string> {
  const original = charts.find((chart) => chart.name === name)?.folder ?? '';
  await cp(original, join(folder, 'charts', name), { recursive: true });
  await mkdir(join(folder, 'templates'));
  const { version } = { version: '0.1.0' };
  const files = {
    'Chart.yaml': `apiVersion: v2\nname: wrapper\nversion: 1.0.0\ndependencies:\n  - name: ${name}\n    version: ">=${version}-0"\n`,
    'templates/_helpers.tpl':
      '{{- define "common.fullname" -}}theirs{{- end -}}\n{{- define "common.labels" -}}a: b{{- end -}}\n',
    'templates/map.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include "common.fullname" . }}\n',
  };
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
  return folder;
}

test.each(names)('%s lets through what other charts have under global', async (chart) => {
  const [rendering] = await renderings([{ chart, values: { global: foreign } }]);
  expect(rendering?.error).toBeUndefined();
});

test.each(names)('%s refuses a wrong type of what is ours under global', async (chart) => {
  const refusal = await refusalOf({ chart, values: { global: { imageRegistry: 7 } } });
  expect(refusal).toMatch(/global\/imageRegistry.*got number, want string/);
});

test.each(names)('%s works as a dependency of a chart with globals and helpers of its own', async (name) => {
  const chart = await wrapperOf(name);
  const [rendering] = await renderings([
    { chart, values: { global: { ...foreign, imageRegistry: 'mirror.test' } } },
  ]);
  expect(rendering?.error).toBeUndefined();
  expect(manifestViolations(rendering?.manifest ?? '')).toEqual([]);
  expect(rendering?.manifest).toMatch(/name: theirs\n/);
  expect(rendering?.manifest).toMatch(/image: "?mirror\.test\/rackwright\//);
});

test('values of a release made when the helpers were a subchart are taken', async () => {
  const values = { common: { global: {} }, nodeSelector: { pool: 'a' } };
  const { pod } = podOf(await objectOf({ chart: 'retry-handler', values }, 'DaemonSet'));
  expect(pod.nodeSelector).toEqual({ pool: 'a' });
});
