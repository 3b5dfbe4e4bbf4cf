import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { buildImage, type ImageSpec } from '../build-image.ts';
import type { Image } from '../oci/image.ts';
import { imageDocuments, writeOciArchive } from '../oci/layout.ts';
import { readTar } from '../tar/read-tar.ts';
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

for (const name of ['docker', 'podman', 'buildah']) {
  const tool = await toolNamed(name).catch(() => undefined);
  const title = `${name} builds an image on a base of ours`;
  if (tool === undefined) test.skip(`${title} (skipped: ${name} does not answer)`, () => undefined);
  else test(title, () => buildsOnBase(tool), 120_000);
}

async function buildsOnBase(tool: BuildTool): Promise<void> {
  const base = await buildImage(spec('base', {}), tool);
  const archive = join(folder, `${tool.name}.oci.tar`);
  writeFileSync(archive, writeOciArchive(base));
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
  const files = image.layers.map(({ blob }) =>
    readTar(gunzipSync(blob)).filter(({ type }) => type === 'file'),
  );
  expect(files.map((layer) => layer.map(({ path, mode }) => [path, mode]))).toEqual([
    [['usr/bin/node', 0o755]],
    [['app/main.js', 0o644]],
  ]);
}

test('whichever tool built it, the image is the same', () => {
  const digests = new Set([...built.values()].map((image) => imageDocuments(image).digest));
  expect(digests.size).toBe(Math.min(built.size, 1));
});

test('a Dockerfile that cannot be built fails with what the tool said', async () => {
  const [name] = built.keys();
  if (name === undefined) return;
  const tool = await toolNamed(name);
  const nowhere = spec('app', { args: { BASE: 'localhost/rackwright/nowhere:latest' } });
  await expect(buildImage(nowhere, tool)).rejects.toMatchObject({
    code: 'FailedPrecondition',
    message: expect.stringMatching(/build failed:[\s\S]*nowhere/),
  });
}, 60_000);

test('without any tool the message says what to install', async () => {
  const nowhere = { run: () => Promise.reject(new Error('not here')) };
  await expect(findBuildTool({ env: {}, runner: nowhere, signal })).rejects.toMatchObject({
    code: 'FailedPrecondition',
    message: expect.stringContaining('docker, podman, buildah'),
    remedy: expect.stringContaining('apt-get install buildah'),
  });
  await expect(toolNamed('kaniko')).rejects.toThrow(/RACKWRIGHT_BUILD_TOOL=kaniko/);
});
