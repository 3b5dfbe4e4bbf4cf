import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { cxi } from '@rackwright/registry';
import { parse } from 'yaml';
import { descriptors } from '../../../apps/operator-manager/src/cxidriver/manifests/descriptors.ts';
import { chartAgentFiles } from './chart-agents.ts';
import { workspaceRoot } from './projects.ts';

const files = new Map(chartAgentFiles());

test('every agent an operator rolls out has the file in its chart', () => {
  expect([...files.keys()]).toEqual(cxi.apps.map(({ name }) => `charts/${name}/files/agent.yaml`));
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

test.each(cxi.apps.map(({ name, component }) => [name, descriptors[component]] as const))(
  'the chart of %s has by default the port, the resources and the time to stop an operator gives it',
  async (name, { port, resources, ...descriptor }) => {
    const text = await readFile(join(workspaceRoot, 'charts', name, 'values.yaml'), 'utf8');
    const values = parse(text) as Record<string, unknown>;
    const grace =
      'terminationGracePeriodSeconds' in descriptor ? descriptor.terminationGracePeriodSeconds : 30;
    expect({
      port: values.healthPort ?? values.metricsPort,
      resources: values.resources,
      grace: values.terminationGracePeriodSeconds,
    }).toEqual({ port: port.number, resources: expect.objectContaining(resources), grace });
    expect(Object.keys(withoutEmpty(values.resources))).toEqual(Object.keys(resources));
  },
);
