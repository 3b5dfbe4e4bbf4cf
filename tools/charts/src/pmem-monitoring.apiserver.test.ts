import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { workspaceRoot } from '@rackwright/testbed/without-nodes';
import { objectOf, objectsOf } from './render-fixture.ts';
import { readGroup } from './rule-file.ts';

const files = 'charts/pmem-csi-driver/files';
const chart = 'operator-manager';
const controllers = ['pmemcsideployment'];

test('alerts and dashboard of drivers come with the operator that deploys them, as with the chart of a driver', async () => {
  const labels = { release: 'prometheus' };
  const values = {
    controllers,
    pmemCsi: { prometheusRule: { enabled: true, labels }, dashboard: { enabled: true } },
  };
  const rule = await objectOf({ chart, values }, 'PrometheusRule');
  expect(rule.metadata).toMatchObject({ name: 'release-operator-manager-pmem-alerts', labels });
  expect(rule.spec).toEqual({ groups: [await readGroup(`${files}/alerts.yaml`)] });
  const dashboard = await objectOf({ chart, values }, 'ConfigMap');
  expect(dashboard.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
  const text = await readFile(join(workspaceRoot, files, 'dashboard.json'), 'utf8');
  const { 'rackwright-pmem.json': shown = '' } = dashboard.data as Record<string, string>;
  expect(JSON.parse(shown)).toEqual(JSON.parse(text));
});

test.each([
  ['by default', { controllers }],
  ['with values of a release that did not have them', { controllers, pmemCsi: null }],
  [
    'without the controller of drivers',
    {
      controllers: ['cxidriver'],
      pmemCsi: { prometheusRule: { enabled: true }, dashboard: { enabled: true } },
    },
  ],
])('%s there are none', async (_, values) => {
  const kinds = (await objectsOf({ chart, values })).map(({ kind }) => kind);
  expect(kinds).not.toContain('PrometheusRule');
  expect(kinds).not.toContain('ConfigMap');
});
