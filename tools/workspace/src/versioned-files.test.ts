import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { apps } from '@rackwright/registry';
import { parse } from 'yaml';
import { type AppVersions, installedApps } from '../../../apps/operator-manager/src/install/values.ts';
import { workspaceRoot } from './projects.ts';
import { versionedFiles } from './versioned-files.ts';

interface VersionActions {
  readonly afterAllProjectsVersioned: (
    cwd: string,
    options: { readonly dryRun: boolean },
  ) => Promise<{ readonly changedFiles: readonly string[] }>;
}
const actions = createRequire(import.meta.url)('../version-actions.cjs') as VersionActions;

function filesOf(versionOf: (app: string, i: number) => string): ReadonlyMap<string, string> {
  const versions = installedApps.map((app, i) => [app, versionOf(app, i)]);
  return new Map(versionedFiles(Object.fromEntries(versions) as AppVersions));
}

test('the chart of the operator knows the version of each agent', () => {
  const text = filesOf((_, i) => `9.0.${i}`).get('charts/operator-manager/files/agent-versions.yaml');
  expect(parse(text ?? '')).toEqual({
    'driver-agent': '9.0.1',
    'cxi-device-plugin': '9.0.2',
    'retry-handler': '9.0.3',
    'cxi-metrics-exporter': '9.0.4',
    'ai100-device-plugin': '9.0.5',
    'nvme-exporter': '9.0.6',
    'pmem-csi-driver': '9.0.7',
  });
});

test('a release commits every generated file that changes with a version', async () => {
  const [before, after] = [filesOf(() => '1.0.0'), filesOf(() => '1.0.1')];
  const changing = [...before].filter(([path, text]) => after.get(path) !== text).map(([path]) => path);
  const { changedFiles } = await actions.afterAllProjectsVersioned(workspaceRoot, { dryRun: true });
  // Each app's Chart.yaml says its version too, and the umbrella has a copy of every file of a chart.
  const charts = [...apps.map(({ name }) => `charts/${name}/Chart.yaml`), ...changing];
  const copies = charts.filter((path) => path.startsWith('charts/'));
  const expected = [
    ...changing,
    ...copies.map((path) => path.replace('charts/', 'charts/rackwright/charts/')),
  ];
  expect([...changedFiles].sort()).toEqual(expected.sort());
});
