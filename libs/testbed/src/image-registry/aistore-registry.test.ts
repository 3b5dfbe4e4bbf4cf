import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Descriptor } from '../oci/blobs.ts';
import { type TemporaryFolder, temporaryFolder } from '../process/temporary-folder.ts';
import { staticImageArchive } from '../sidecars/sidecar-archive.ts';
import { readTar } from '../tar/read-tar.ts';
import { aistoreRegistry } from './aistore-registry.ts';
import { ImageRegistry } from './image-registry.ts';

let folder: TemporaryFolder;
let registry: ImageRegistry;

beforeAll(async () => {
  folder = await temporaryFolder('rwregistry-');
  registry = await started({});
});

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A registry whose images stand on one with the file `sh`. */
async function started(env: NodeJS.ProcessEnv): Promise<ImageRegistry> {
  const base = join(folder.path, 'base.oci.tar');
  const program = join(folder.path, 'sh');
  writeFileSync(program, 'a shell');
  writeFileSync(base, await staticImageArchive({ reference: 'base:latest', name: 'sh', program }));
  return ImageRegistry.listen('127.0.0.1', await aistoreRegistry(base, env));
}

interface Pulled {
  readonly config: { readonly config: object; readonly rootfs: { readonly diff_ids: readonly string[] } };
  /** Files with their modes. */
  readonly files: Readonly<Record<string, { readonly mode: number; readonly text: string }>>;
}

/** Pulls an image as a container runtime does, and checks every digest. */
async function pull({ url }: ImageRegistry, name: string, reference: string): Promise<Pulled> {
  const head = await fetch(`${url}/v2/${name}/manifests/${reference}`, { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(await head.text()).toBe('');
  const digest = head.headers.get('docker-content-digest') ?? '';
  const read = async (path: string, wanted: string): Promise<Buffer> => {
    const data = Buffer.from(await (await fetch(`${url}/v2/${name}/${path}/${wanted}`)).arrayBuffer());
    expect(`sha256:${createHash('sha256').update(data).digest('hex')}`).toBe(wanted);
    return data;
  };
  const manifest = JSON.parse(String(await read('manifests', digest))) as {
    readonly config: Descriptor;
    readonly layers: readonly Descriptor[];
  };
  const config = JSON.parse(String(await read('blobs', manifest.config.digest)));
  const layers = await Promise.all(manifest.layers.map(async (layer) => read('blobs', layer.digest)));
  const entries = (await Promise.all(layers.map(readTar))).flat();
  const files = Object.fromEntries(
    entries.map(({ path, mode, data }) => [path, { mode, text: String(data) }]),
  );
  return { config, files };
}

test('a node pulls an image of AIStore: what it stands on, and the programs', async () => {
  const { config, files } = await pull(registry, 'aistorage/aisnode', 'v4.9');
  expect(config.config).toMatchObject({ User: '0:0', Entrypoint: ['aisnode'] });
  expect(config.rootfs.diff_ids).toHaveLength(2);
  expect(files.sh?.text).toBe('a shell');
  for (const path of ['usr/local/bin/aisnode', 'usr/local/bin/aisinit', 'cleanup-helper']) {
    expect(files[path]?.mode).toBe(0o755);
    expect(files[path]?.text).toContain("exec '/usr/bin/node' ");
  }
  expect(files['usr/local/lib/aistore.mjs']?.text).toContain('invalid daemon role');
});

test.each([
  ['aistorage/aisnode', 'v4.9', '4.9'],
  ['aistore/aisnode', '3.3.1', '5.0'],
])('%s:%s speaks like %s', async (name, tag, dialect) => {
  const { config } = await pull(registry, name, tag);
  expect(config.config).toMatchObject({
    Env: expect.arrayContaining([`AIS_STAND_IN_DIALECT=${dialect}`, 'PATH=/usr/local/bin:/usr/bin:/bin']),
  });
});

test.each([
  ['aistorage/aisnod/manifests/v4.9', 'MANIFEST_UNKNOWN'],
  [`aistorage/aisnode/manifests/sha256:${'0'.repeat(64)}`, 'MANIFEST_UNKNOWN'],
  [`aistorage/aisnode/blobs/sha256:${'0'.repeat(64)}`, 'BLOB_UNKNOWN'],
])('%s is not there', async (path, code) => {
  const answer = await fetch(`${registry.url}/v2/${path}`);
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ errors: [{ code }] });
  expect((await fetch(`${registry.url}/v2/`)).status).toBe(200);
});

test('a real program that a variable names is in the images in place of its stand-in', async () => {
  const real = join(folder.path, 'real-aisnode');
  writeFileSync(real, 'the real one');
  await using other = await started({ AISNODE_BIN: real });
  const { files } = await pull(other, 'aistorage/aisnode', 'v5.0');
  expect(files['usr/local/bin/aisnode']).toEqual({ mode: 0o755, text: 'the real one' });
  expect(files['usr/local/bin/aisinit']?.text).toContain('exec ');
});
