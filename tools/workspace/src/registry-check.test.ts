import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type App, apps } from '@rackwright/registry';
import { workspaceRoot } from './projects.ts';
import { readWorkspaceApps, registryOffences } from './registry-check.ts';

test('this workspace and its registry agree', async () => {
  expect(registryOffences(apps, await readWorkspaceApps(workspaceRoot))).toEqual([]);
});

test('a made-up family without its registry entry fails the lint with what to do; with the entry and its folders all is well', async () => {
  const root = await mkdtemp(join(tmpdir(), 'rw-registry-'));
  try {
    await mkdir(join(root, 'apps/quantum-plugin'), { recursive: true });
    await writeFile(join(root, 'apps/quantum-plugin/package.json'), '{}');
    await cp(join(workspaceRoot, 'charts/rackwright/Chart.yaml'), join(root, 'charts/rackwright/Chart.yaml'));
    const found = await readWorkspaceApps(root);
    expect(registryOffences([], found)).toEqual([
      'apps/quantum-plugin is not registered: add it to its family in libs/registry/src/families',
    ]);
    const entry: App = {
      name: 'quantum-plugin',
      kind: 'node agent',
      mayLoad: [],
      budget: { anonymousMiB: 28, bundleKB: 800 },
    };
    expect(registryOffences([entry], found)).toEqual([
      'quantum-plugin is registered, but there is no charts/quantum-plugin/Chart.yaml',
      'charts/rackwright/Chart.yaml lacks the dependency quantum-plugin',
    ]);
    await mkdir(join(root, 'charts/quantum-plugin'));
    await writeFile(join(root, 'charts/quantum-plugin/Chart.yaml'), 'name: quantum-plugin\n');
    const umbrella = 'dependencies: [{name: quantum-plugin, condition: quantum-plugin.enabled}]\n';
    await writeFile(join(root, 'charts/rackwright/Chart.yaml'), umbrella);
    expect(registryOffences([entry], await readWorkspaceApps(root))).toEqual([]);
  } finally {
    await rm(root, { recursive: true });
  }
});
