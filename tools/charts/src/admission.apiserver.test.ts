import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { apps } from '@rackwright/registry';
import { ControlPlane, ProgramResolver, workspaceRoot } from '@rackwright/testbed/without-nodes';
import { objectsOf } from './render-fixture.ts';

const namespace = '123';
let plane: ControlPlane;
let folder: string;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock: systemClock });
  folder = await mkdtemp(join(tmpdir(), 'rwadmission-'));
  await plane.kubectl('apply', '--server-side', '-f', join(workspaceRoot, 'config/crd/bases'));
  await plane.untilCrdsServed();
  expect(await plane.kubectl('create', 'namespace', namespace)).toMatchObject({ code: 0 });
}, 120_000);

afterAll(async () => {
  await plane?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The API server lacks the kind of the one, and the other's account is not there in a dry run. */
const untested: ReadonlySet<string> = new Set(['NodeFeatureRule', 'Pod']);

const agent = {
  enabled: true,
  networkPolicy: { enabled: true, from: [{ podSelector: {} }] },
  podAnnotations: { 'prometheus.io/scrape': false },
  nodeSelector: { gpu: true, size: 1_000_000 },
  imagePullSecrets: ['regcred', { name: 'regcred' }, { name: 'own' }],
  extraEnv: [
    { name: 'NODE_NAME', value: 1 },
    { name: 'A', value: true },
    { name: 'A', value: 'again' },
  ],
  resources: { limits: { cpu: 2 } },
};
const { extraEnv: _, enabled: __, ...operator } = agent;
const values = {
  global: { clusterName: 'z', imagePullSecrets: [{ name: 'regcred' }] },
  'operator-manager': { ...operator, nodeFeatureRule: { enabled: true } },
  ...Object.fromEntries(apps.filter(({ kind }) => kind === 'node agent').map(({ name }) => [name, agent])),
};

test.each(['r'.repeat(53), 'o'.repeat(45), '1e3', '0.a'])(
  'the API server takes every object of release %s, with values that collide and look like other types',
  async (release) => {
    const objects = await objectsOf({ chart: 'rackwright', release, namespace, values });
    const items = objects.filter(({ kind }) => !untested.has(kind));
    const file = join(folder, 'list.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const words = ['apply', '--server-side', '--dry-run=server', '-f', file];
    const { code, stdout, stderr } = await plane.kubectl(...words);
    // It warns of dots, which are the user's.
    const said = stderr.replace(/^Warning: metadata\.name: .* a DNS label is recommended: .*\n/gm, '');
    expect({ code, said }).toEqual({ code: 0, said: '' });
    expect(stdout.trim().split('\n')).toHaveLength(items.length);
  },
  60_000,
);
