import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { readTar, tarEntry, writeTar } from '@rackwright/testbed/without-nodes';
import { sha256 } from '../digest.ts';
import { type Image, layerOf } from './image.ts';
import { imageDocuments, writeOciArchive } from './layout.ts';
import { normalImage } from './normal-image.ts';
import { normalLayer } from './normal-layer.ts';
import { readOciArchive } from './read-archive.ts';

const file = (path: string, text: string, rest = {}) =>
  tarEntry(path, 'file', 0o644, { data: Buffer.from(text), ...rest });
const baseLayer = layerOf(await writeTar([file('usr/bin/node', 'node')]), 'COPY node /usr/bin/node');

const image: Image = {
  reference: 'ghcr.io/rackwright/x:1.2.3',
  created: new Date(1_700_000_000_000),
  settings: {
    architecture: 'amd64',
    user: '65532:65532',
    env: ['A=1'],
    entrypoint: ['/usr/bin/node'],
    command: [],
    workingDir: '',
    labels: { z: '1', a: '2' },
  },
  layers: [baseLayer],
};

/** What `docker save` writes for the same image with one more layer. */
async function saved(
  layer: Buffer,
  extra: object = {},
  pack = (archive: Buffer): Buffer => archive,
): Promise<Buffer> {
  const config = {
    created: new Date().toISOString(),
    architecture: 'amd64',
    os: 'linux',
    config: {
      User: '1',
      Entrypoint: ['/x'],
      Cmd: null,
      Labels: { b: '1', 'io.buildah.version': '1.28.2' },
      ...extra,
    },
    rootfs: { type: 'layers', diff_ids: [baseLayer.diffId, sha256(layer)] },
    history: [{ created_by: 'base' }, { created_by: 'ENV', empty_layer: true }, { created_by: 'COPY' }],
  };
  return writeTar([
    file('c.json', JSON.stringify(config)),
    file('manifest.json', JSON.stringify([{ Config: 'c.json', RepoTags: [], Layers: ['1.tar', '2.tar'] }])),
    tarEntry('1.tar', 'file', 0o644, { data: pack(await writeTar([file('usr/bin/node', 'node')])) }),
    tarEntry('2.tar', 'file', 0o644, { data: pack(layer) }),
  ]);
}

const options = {
  reference: image.reference,
  created: image.created,
  known: [baseLayer],
  instructions: ['COPY --from=bundle /app/ /app/'],
};

describe('an OCI archive', () => {
  test('gives back the image that was written', async () => {
    expect(await readOciArchive(await writeOciArchive(image), 'x')).toEqual({
      ...image,
      settings: { ...image.settings, labels: { a: '2', z: '1' } },
    });
  });

  test('is the same however often it is written', async () => {
    const again = { ...image, settings: { ...image.settings, labels: { a: '2', z: '1' } } };
    expect((await writeOciArchive(again)).equals(await writeOciArchive(image))).toBe(true);
  });

  test('carries the whole name where containerd, podman and docker look for it', async () => {
    const entries = await readTar(await writeOciArchive(image));
    const files = new Map(entries.map(({ path, data }) => [path, String(data)]));
    const [entry] = JSON.parse(files.get('index.json') ?? '').manifests;
    expect(entry).toMatchObject({
      digest: imageDocuments(image).digest,
      annotations: {
        'io.containerd.image.name': 'ghcr.io/rackwright/x:1.2.3',
        'org.opencontainers.image.ref.name': 'ghcr.io/rackwright/x:1.2.3',
      },
    });
    const [docker] = JSON.parse(files.get('manifest.json') ?? '');
    expect(docker.RepoTags).toEqual(['ghcr.io/rackwright/x:1.2.3']);
    expect(files.has(docker.Config) && files.has(docker.Layers[0])).toBe(true);
  });

  test('with a changed byte is refused', async () => {
    const archive = await writeOciArchive(image);
    const at = archive.indexOf('"65532:65532"');
    archive.write('"00000:00000"', at);
    await expect(readOciArchive(archive, 'x.oci.tar')).rejects.toThrow(/x\.oci\.tar is damaged/);
  });

  test('without an index is refused by name', async () => {
    await expect(readOciArchive(await writeTar([]), 'x.oci.tar')).rejects.toThrow(
      'x.oci.tar has no index.json',
    );
  });
});

describe('a layer', () => {
  test('is the same whoever built it, when, in which order and with which umask', async () => {
    const one = await writeTar([
      tarEntry('app', 'directory', 0o755, { mtime: 1, uid: 5 }),
      file('app/b.js', 'b', { mode: 0o600, mtime: 7 }),
      file('app/a.js', 'a', { gid: 8 }),
    ]);
    const two = await writeTar([
      tarEntry('app', 'directory', 0o700),
      file('app/a.js', 'old'),
      file('app/a.js', 'a'),
      file('app/b.js', 'b'),
    ]);
    expect((await normalLayer(one)).equals(await normalLayer(two))).toBe(true);
  });

  test('keeps what is executable and loses set-uid bits', async () => {
    const built = [tarEntry('umount', 'file', 0o4711), tarEntry('tmp', 'directory', 0o1777)];
    const modes = await readTar(await normalLayer(await writeTar(built)));
    expect(modes.map(({ path, mode }) => [path, mode])).toEqual([
      ['tmp', 0o755],
      ['umount', 0o755],
    ]);
  });

  test('that leaves the image is refused', async () => {
    const leaving = await writeTar([file('a/../../etc/passwd', 'x')]);
    await expect(normalLayer(leaving)).rejects.toThrow(/leaves the image/);
  });
});

const layer = await writeTar([file('app/main.js', 'main', { mtime: 1234 })]);

describe('what a tool saved', () => {
  test('keeps its settings, takes the layers of the base over and names the instruction of its own', async () => {
    const normal = await normalImage(await saved(layer), options);
    expect(normal.layers[0]).toBe(baseLayer);
    expect(normal.layers[1]).toEqual(layerOf(await normalLayer(layer), 'COPY --from=bundle /app/ /app/'));
    expect(normal.settings).toEqual({
      architecture: 'amd64',
      user: '1',
      env: [],
      entrypoint: ['/x'],
      command: [],
      workingDir: '',
      labels: { b: '1' },
    });
  });

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('is the same when it compressed its layers with %s', async (_, compress) => {
    const packed = await saved(layer, {}, (archive) => compress(archive));
    expect(await normalImage(packed, options)).toEqual(await normalImage(await saved(layer), options));
  });

  test('keeps the layers of a foreign base byte for byte', async () => {
    const normal = await normalImage(await saved(layer), { ...options, known: [] });
    expect(normal.layers[0]?.diffId).toBe(baseLayer.diffId);
    expect(normal.layers[0]?.createdBy).toBe('base');
  });

  test('on a base that is not ours is refused', async () => {
    const other = layerOf(await writeTar([file('usr/bin/node', 'another')]), 'COPY node /usr/bin/node');
    await expect(normalImage(await saved(layer), { ...options, known: [other] })).rejects.toThrow(
      `built on a layer of none of its bases: ${baseLayer.diffId}`,
    );
  });

  test('with fewer layers than instructions is refused', async () => {
    const instructions = ['COPY a', 'COPY b', 'COPY c'];
    await expect(normalImage(await saved(layer), { ...options, instructions })).rejects.toThrow(
      /2 layers of 3 instructions/,
    );
  });

  test('with a field of the wrong kind is refused by name', async () => {
    await expect(normalImage(await saved(layer, { Entrypoint: 'sh -c x' }), options)).rejects.toThrow(
      /configuration: config\.Entrypoint: .*array/,
    );
  });
});
