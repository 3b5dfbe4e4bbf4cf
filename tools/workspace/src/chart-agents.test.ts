import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { apps, families } from '@rackwright/registry';
import { parse } from 'yaml';
import { familyInstalls } from '../../../apps/operator-manager/src/install/families.ts';
import { chartAgentFiles, undescribedAgents } from './chart-agents.ts';
import { workspaceRoot } from './projects.ts';

const files = new Map(chartAgentFiles());

test('every node agent has the file in its chart', () => {
  const agents = apps.filter(({ kind }) => kind === 'node agent');
  expect([...files.keys()]).toEqual(agents.map(({ name }) => `charts/${name}/files/agent.yaml`));
  expect(undescribedAgents(families)).toEqual([]);
});

test('a node agent that nobody described is named with where to do it', () => {
  const budget = { anonymousMiB: 28, bundleKB: 800 };
  const gauge = { name: 'gauge', kind: 'node agent', mayLoad: [], budget } as const;
  expect(undescribedAgents([{ name: 'gauges', title: 'Gauges', apps: [gauge] }])).toEqual([
    'the node agent gauge is not described: add its AgentDescriptor to its family in apps/operator-manager/src/install/families.ts',
  ]);
});

test('only an agent that has rights at the API server gets a token, and its chart has them', () => {
  for (const { agents } of familyInstalls) {
    for (const [app, { rights }] of Object.entries(agents)) {
      const file = parse(files.get(`charts/${app}/files/agent.yaml`) ?? '') as Record<string, unknown>;
      expect([app, file.serviceAccountToken, file.rights]).toEqual([app, rights !== undefined, rights]);
    }
  }
});

test('what is mounted for a purpose, and what belongs to the node, is marked in it', () => {
  const { hostMounts } = parse(files.get('charts/cxi-device-plugin/files/agent.yaml') ?? '') as {
    hostMounts: { name: string; purpose?: string; real?: boolean; path: string }[];
  };
  const named = (key: 'purpose' | 'real') =>
    hostMounts.filter((mount) => mount[key] !== undefined).map(({ name }) => name);
  expect(named('purpose')).toEqual(['usr', 'opt-cray']);
  expect(named('real')).toEqual(['device-plugins', 'pod-resources', 'cdi']);
  expect(hostMounts.find(({ name }) => name === 'cdi')?.path).toBe('__CDI_DIR__');
});

/** The blocks of an object that say something. */
function withoutEmpty(blocks: unknown): object {
  const said = Object.entries(blocks as object).filter(
    ([, block]) => Object.keys(block as object).length > 0,
  );
  return Object.fromEntries(said);
}

test.each(familyInstalls.flatMap(({ agents }) => Object.entries(agents)))(
  'the chart of %s has by default the port, the resources and the time to stop an operator gives it',
  async (name, { port, resources, terminationGracePeriodSeconds: grace = 30 }) => {
    const text = await readFile(join(workspaceRoot, 'charts', name, 'values.yaml'), 'utf8');
    const values = parse(text) as Record<string, unknown>;
    expect({
      port: values.healthPort ?? values.metricsPort,
      resources: values.resources,
      grace: values.terminationGracePeriodSeconds,
    }).toEqual({ port: port.number, resources: expect.objectContaining(resources), grace });
    expect(Object.keys(withoutEmpty(values.resources))).toEqual(Object.keys(resources));
  },
);
