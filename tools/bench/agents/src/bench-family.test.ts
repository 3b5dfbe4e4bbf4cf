import { expect, test } from '@jest/globals';
import { apps } from '@rackwright/registry';
import { temporaryFolder } from '@rackwright/testbed/without-nodes';
import { agentSpecs, loadBenchFamilies } from './bench-family.ts';

test('every node agent of the registry is measured, each on a port of its own; one that is left out is named', async () => {
  await using scratch = await temporaryFolder('rwba-');
  const { path: folder } = scratch;
  const around = { folder, host: '/', node: 'n', pluginFolder: folder, writePod: async () => ({}) };
  const benches = await loadBenchFamilies();
  const specs = await agentSpecs(benches, around);
  const agents = apps.filter(({ kind }) => kind === 'node agent').map(({ name }) => name);
  expect(specs.map(({ name }) => name).sort()).toEqual(agents.sort());
  expect(new Set(specs.map(({ port }) => port)).size).toBe(specs.length);
  await expect(agentSpecs([], around)).rejects.toThrow(/nobody starts .*node-discovery.*bench\.ts/);
});
