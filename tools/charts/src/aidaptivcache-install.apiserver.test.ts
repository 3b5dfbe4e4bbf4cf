import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { type RunOutcome, SystemProcessRunner } from '@rackwright/host';
import { ControlPlane, ProgramResolver, workspaceRoot } from '@rackwright/testbed/without-nodes';

const name = 'aidaptivcache-operator';
const runner = new SystemProcessRunner(systemClock);
let plane: ControlPlane;
let helmProgram: string;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  helmProgram = await programs.resolve('helm');
  plane = await ControlPlane.start({ programs, clock: systemClock });
}, 120_000);
afterAll(() => plane?.[Symbol.asyncDispose]());

/** As a user of the older chart types it, in its folder. */
function helm(...argv: string[]): Promise<RunOutcome> {
  return runner.run([helmProgram, ...argv], {
    cwd: `${workspaceRoot}/charts/${name}`,
    env: { KUBECONFIG: plane.adminKubeconfig, PATH: process.env.PATH ?? '', HOME: plane.folder },
    deadlineMs: 90_000,
  });
}

test('helm install of the older instructions makes operator, node-discovery and an AidaptivCache', async () => {
  const installed = await helm('install', name, '--namespace', name, '--create-namespace', '.');
  expect(installed).toMatchObject({ code: 0 });
  const words = ['get', 'deployment,daemonset', '--namespace', name, '--output=name'];
  const { stdout } = await plane.kubectl(...words);
  expect(stdout.trim().split('\n')).toEqual([
    `deployment.apps/${name}`,
    `daemonset.apps/${name}-node-discovery`,
  ]);
  const spec = await plane.kubectl('get', 'aidaptivcache', 'default', '--output=jsonpath={.spec}');
  // The API server has filled in the defaults.
  expect(JSON.parse(spec.stdout)).toMatchObject({
    cache: { hostPath: '/mnt/nvme0', layout: 'Striped', adopt: 'IfMatching' },
    firmware: { check: 'Enforce', allowed: ['EIFZ'] },
    exporter: { port: 9299, scope: 'Managed' },
  });
}, 120_000);

test('what helm install says first are commands that are right for the release', async () => {
  const { stdout } = await helm('get', 'notes', name, '--namespace', name);
  expect(stdout).toContain(`kubectl --namespace ${name} rollout status deployment/${name}\n`);
  const [line = ''] = stdout.match(/kubectl get aidaptivcache.*/) ?? [];
  expect(await plane.kubectl(...line.split(' ').slice(1))).toMatchObject({ code: 0 });
  expect(stdout).toContain('Caches stay mounted');
});

test('what arguments say is refused by the API server with its field, before anything is changed', async () => {
  const argv = [
    'upgrade',
    name,
    '.',
    '--no-hooks',
    '--namespace',
    name,
    '--set',
    'phison_device_plugin.arguments=-m /etc/x',
  ];
  const refused = await helm(...argv);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('spec.cache.hostPath');
}, 120_000);

test('helm uninstall leaves the AidaptivCache, and a second install finds it', async () => {
  expect(await helm('uninstall', name, '--namespace', name, '--no-hooks')).toMatchObject({ code: 0 });
  expect(await plane.kubectl('get', 'aidaptivcache', 'default')).toMatchObject({ code: 0 });
  expect(await helm('install', name, '--namespace', name, '.')).toMatchObject({ code: 0 });
}, 120_000);
