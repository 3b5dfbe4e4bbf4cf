import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Family, families } from '@rackwright/registry';
import { workspaceRoot } from './projects.ts';
import { readWorkspaceApps, registryViolations } from './registry-check.ts';

test('this workspace and its registry agree', async () => {
  expect(registryViolations(families, await readWorkspaceApps(workspaceRoot))).toEqual([]);
});

test('a made-up family without its registry entry fails the lint with what to do; with the entry and its folders all is well', async () => {
  const root = await mkdtemp(join(tmpdir(), 'rw-registry-'));
  try {
    await mkdir(join(root, 'apps/quantum-plugin'), { recursive: true });
    await writeFile(join(root, 'apps/quantum-plugin/package.json'), '{}');
    const suite = 'e2e/src/suites/quantum';
    const demo = 'tools/demo/src/families/quantum';
    const bench = 'tools/bench/agents/src/families/quantum';
    for (const folder of [suite, demo, bench]) await mkdir(join(root, folder), { recursive: true });
    const umbrella = join(root, 'charts/rackwright/Chart.yaml');
    await mkdir(dirname(umbrella), { recursive: true });
    await writeFile(umbrella, 'dependencies: []\n');
    const found = await readWorkspaceApps(root);
    expect(registryViolations([], found)).toEqual([
      'apps/quantum-plugin is not registered: add it to its family in libs/registry/src/families',
    ]);
    const entry: Family = {
      name: 'quantum',
      title: 'Quantum processors',
      apps: [
        {
          name: 'quantum-plugin',
          kind: 'node agent',
          mayLoad: [],
          budget: { anonymousMiB: 28, bundleKB: 800 },
        },
      ],
    };
    expect(registryViolations([entry], found)).toEqual([
      'quantum-plugin is registered, but there is no charts/quantum-plugin/Chart.yaml',
      'charts/rackwright/Chart.yaml lacks the dependency quantum-plugin',
      'the family quantum has no cases: add e2e/src/suites/quantum/suite.ts',
      'the demo does not show the family quantum: add tools/demo/src/families/quantum/demo.ts',
      'nobody measures the node agents of the family quantum: add tools/bench/agents/src/families/quantum/bench.ts',
    ]);
    await mkdir(join(root, 'charts/quantum-plugin'));
    await writeFile(join(root, 'charts/quantum-plugin/Chart.yaml'), 'name: quantum-plugin\n');
    await writeFile(join(root, suite, 'suite.ts'), '');
    await writeFile(join(root, demo, 'demo.ts'), '');
    await writeFile(join(root, bench, 'bench.ts'), '');
    const dependency = (name: string): string => `- { name: ${name}, condition: ${name}.enabled }\n`;
    await writeFile(umbrella, `dependencies:\n${dependency('quantum-plugin')}`);
    expect(registryViolations([entry], await readWorkspaceApps(root))).toEqual([]);
    await writeFile(umbrella, `dependencies:\n${dependency('quantum-plugin')}${dependency('quantum-relic')}`);
    expect(registryViolations([entry], await readWorkspaceApps(root))).toEqual([
      'charts/rackwright/Chart.yaml depends on quantum-relic, which is no app of the registry',
    ]);
  } finally {
    await rm(root, { recursive: true });
  }
});
