import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { errorMessage, systemClock } from '@rackwright/core';
import { type ProcessRunner, SystemProcessRunner } from '@rackwright/host';
import { readTar } from '@rackwright/testbed/without-nodes';
import { buildImage, type ImageSpec } from '../build-image.ts';
import type { Image } from '../oci/image.ts';
import { imageDocuments, writeOciArchive } from '../oci/layout.ts';
import type { BuildTool } from './build-tool.ts';
import { findBuildTool } from './find-tool.ts';

const runner = new SystemProcessRunner(systemClock);
const { signal } = new AbortController();
const built = new Map<string, Image>();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rwimgtest-'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  // docker has one store for everybody.
  if (built.has('docker')) await runner.run(['docker', 'rmi', spec('base', {}).reference]);
});

function toolNamed(name: string, env: NodeJS.ProcessEnv = process.env): Promise<BuildTool> {
  return findBuildTool({ env: { ...env, RACKWRIGHT_BUILD_TOOL: name }, runner, signal });
}

function spec(name: 'base' | 'app', rest: Partial<ImageSpec>): ImageSpec {
  const context = fileURLToPath(new URL(`testdata/${name}`, import.meta.url));
  const reference = `localhost/rackwright/test-${name}:latest`;
  const dockerfile = join(context, 'Dockerfile');
  return { reference, created: new Date(0), dockerfile, context, args: {}, images: [], known: [], ...rest };
}

/** A tool that answers, with the base it built or why it could not. */
interface Probe {
  readonly tool: BuildTool;
  readonly base: Image | undefined;
  readonly why: string;
}

/** That a tool answers does not mean it can build here: in a container it may lack the rights. */
async function probe(name: string): Promise<Probe | undefined> {
  const tool = await toolNamed(name).catch(() => undefined);
  if (tool === undefined) return undefined;
  return buildImage(spec('base', {}), tool).then(
    (base) => ({ tool, base, why: '' }),
    (error: unknown) => ({ tool, base: undefined, why: errorMessage(error) }),
  );
}

const probes = new Map<string, Probe | undefined>();
for (const name of ['docker', 'podman', 'buildah']) probes.set(name, await probe(name));
const able = [...probes].flatMap(([name, found]) => (found?.base === undefined ? [] : [name]));
const required = process.env.CI === 'true' && process.env.RACKWRIGHT_REQUIRE_CONTAINERS === '1';

for (const [name, found] of probes) {
  const title = `${name} builds an image on a base of ours`;
  const { tool, base, why } = found ?? {};
  if (tool === undefined) test.skip(`${title} (skipped: ${name} does not answer)`, () => undefined);
  else if (base !== undefined) test(title, () => buildsOnBase(tool, base), 120_000);
  else if (required) test(title, () => expect(why).toBe(''));
  else test.skip(`${title} (skipped: it cannot build here: ${why?.split('\n').at(-1)})`, () => undefined);
}

if (required) {
  test('a tool of this machine builds images', () => {
    expect(able).not.toEqual([]);
  });
}

async function buildsOnBase(tool: BuildTool, base: Image): Promise<void> {
  const archive = join(folder, `${tool.name}.oci.tar`);
  writeFileSync(archive, await writeOciArchive(base));
  const onBase = { images: [archive], known: base.layers, args: { VERSION: '1.2.3' } };
  const image = await buildImage(spec('app', onBase), tool);
  built.set(tool.name, image);
  expect(image.settings).toMatchObject({
    user: '65532:65532',
    entrypoint: ['/usr/bin/node', '/app/main.js'],
    env: expect.arrayContaining(['A=1']),
    labels: { 'org.opencontainers.image.version': '1.2.3' },
  });
  expect(image.layers[0]).toBe(base.layers[0]);
  const layers = await Promise.all(image.layers.map(({ blob }) => readTar(gunzipSync(blob))));
  const files = layers.map((layer) => layer.filter(({ type }) => type === 'file'));
  expect(files.map((layer) => layer.map(({ path, mode }) => [path, mode]))).toEqual([
    [['usr/bin/node', 0o755]],
    [['app/main.js', 0o644]],
  ]);
}

const same = 'whichever tool built it, the image is the same';
if (able.length < 2) {
  test.skip(`${same} (skipped: ${able[0] ?? 'none'} alone builds here)`, () => undefined);
} else {
  test(same, () => {
    const digests = new Set([...built.values()].map((image) => imageDocuments(image).digest));
    expect([built.size, digests.size]).toEqual([able.length, 1]);
  });
}

const refused = 'a Dockerfile that cannot be built fails with what the tool said';
const first = probes.get(able[0] ?? '')?.tool;
if (first === undefined) test.skip(`${refused} (skipped: no tool builds here)`, () => undefined);
else test(refused, () => tellsWhy(first), 60_000);

async function tellsWhy(tool: BuildTool): Promise<void> {
  const nowhere = spec('app', { args: { BASE: 'localhost/rackwright/nowhere:latest' } });
  await expect(buildImage(nowhere, tool)).rejects.toMatchObject({
    code: 'FailedPrecondition',
    message: expect.stringMatching(/build failed:[\s\S]*nowhere/),
  });
}

test('without any tool the message says what to install', async () => {
  const nowhere = { run: () => Promise.reject(new Error('not here')) };
  await expect(findBuildTool({ env: {}, runner: nowhere, signal })).rejects.toMatchObject({
    code: 'FailedPrecondition',
    message: expect.stringContaining('docker, podman, buildah'),
    remedy: expect.stringContaining('apt-get install buildah'),
  });
  await expect(toolNamed('kaniko')).rejects.toThrow(/RACKWRIGHT_BUILD_TOOL=kaniko/);
});

/** A machine where only these commands succeed, with what they print. */
function machine(answers: Readonly<Record<string, string>>): ProcessRunner {
  return {
    run: (argv) => {
      const stdout = answers[argv.slice(0, 2).join(' ')];
      return Promise.resolve({
        code: stdout === undefined ? 1 : 0,
        signal: null,
        stdout: stdout ?? '',
        stderr: '',
      });
    },
  };
}

test.each([
  ['an old docker has BuildKit built in', { 'docker version': '20.10.24 20.10.24' }, 'docker'],
  ['a new one has it with buildx', { 'docker version': '28.2.2 28.2.2', 'docker buildx': 'v0.13' }, 'docker'],
  [
    'and without it podman is taken',
    { 'docker version': '28.2.2 28.2.2', 'podman --version': 'podman version 4.3.1' },
    'podman',
  ],
])('%s', async (_, answers, name) => {
  expect(await findBuildTool({ env: {}, runner: machine(answers), signal })).toMatchObject({ name });
});

test('docker without BuildKit and nothing else is told with the way out', async () => {
  const runner = machine({ 'docker version': '28.2.2 28.2.2' });
  await expect(findBuildTool({ env: {}, runner, signal })).rejects.toMatchObject({
    message: expect.stringContaining('cannot build with BuildKit without its plugin buildx'),
    remedy: expect.stringContaining('docker-buildx'),
  });
});
