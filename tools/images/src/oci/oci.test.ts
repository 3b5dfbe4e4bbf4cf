import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { sha256 } from '../digest.ts';
import { readTar } from '../tar/read-tar.ts';
import { tarEntry } from '../tar/tar-entry.ts';
import { writeTar } from '../tar/write-tar.ts';
import { type Image, layerOf } from './image.ts';
import { imageDocuments, writeOciArchive } from './layout.ts';
import { normalImage } from './normal-image.ts';
import { normalLayer } from './normal-layer.ts';
import { readOciArchive } from './read-archive.ts';

const file = (path: string, text: string, rest = {}) =>
  tarEntry(path, 'file', 0o644, { data: Buffer.from(text), ...rest });
const baseLayer = layerOf(writeTar([file('usr/bin/node', 'node')]), 'COPY node /usr/bin/node');

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
function saved(layer: Buffer, extra: object = {}, pack = (archive: Buffer): Buffer => archive): Buffer {
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
    tarEntry('1.tar', 'file', 0o644, { data: pack(writeTar([file('usr/bin/node', 'node')])) }),
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
  test('gives back the image that was written', () => {
    expect(readOciArchive(writeOciArchive(image), 'x')).toEqual({
      ...image,
      settings: { ...image.settings, labels: { a: '2', z: '1' } },
    });
  });

  test('is the same however often it is written', () => {
    const again = { ...image, settings: { ...image.settings, labels: { a: '2', z: '1' } } };
    expect(writeOciArchive(again).equals(writeOciArchive(image))).toBe(true);
  });

  test('carries the whole name where containerd, podman and docker look for it', () => {
    const files = new Map(readTar(writeOciArchive(image)).map(({ path, data }) => [path, String(data)]));
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

  test('with a changed byte is refused', () => {
    const archive = writeOciArchive(image);
    const at = archive.indexOf('"65532:65532"');
    archive.write('"00000:00000"', at);
    expect(() => readOciArchive(archive, 'x.oci.tar')).toThrow(/x\.oci\.tar is damaged/);
  });

  test('without an index is refused by name', () => {
    expect(() => readOciArchive(writeTar([]), 'x.oci.tar')).toThrow('x.oci.tar has no index.json');
  });
});

describe('a layer', () => {
  test('is the same whoever built it, when, in which order and with which umask', () => {
    const one = writeTar([
      tarEntry('app', 'directory', 0o755, { mtime: 1, uid: 5 }),
      file('app/b.js', 'b', { mode: 0o600, mtime: 7 }),
      file('app/a.js', 'a', { gid: 8 }),
    ]);
    const two = writeTar([
      tarEntry('app', 'directory', 0o700),
      file('app/a.js', 'old'),
      file('app/a.js', 'a'),
      file('app/b.js', 'b'),
    ]);
    expect(normalLayer(one).equals(normalLayer(two))).toBe(true);
  });

  test('keeps what is executable and loses set-uid bits', () => {
    const modes = readTar(
      normalLayer(writeTar([tarEntry('umount', 'file', 0o4711), tarEntry('tmp', 'directory', 0o1777)])),
    );
    expect(modes.map(({ path, mode }) => [path, mode])).toEqual([
      ['tmp', 0o755],
      ['umount', 0o755],
    ]);
  });

  test('that leaves the image is refused', () => {
    expect(() => normalLayer(writeTar([file('a/../../etc/passwd', 'x')]))).toThrow(/leaves the image/);
  });
});

describe('what a tool saved', () => {
  const layer = writeTar([file('app/main.js', 'main', { mtime: 1234 })]);

  test('keeps its settings, takes the layers of the base over and names the instruction of its own', () => {
    const normal = normalImage(saved(layer), options);
    expect(normal.layers[0]).toBe(baseLayer);
    expect(normal.layers[1]).toEqual(layerOf(normalLayer(layer), 'COPY --from=bundle /app/ /app/'));
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
  ] as const)('is the same when it compressed its layers with %s', (_, compress) => {
    const packed = saved(layer, {}, (archive) => compress(archive));
    expect(normalImage(packed, options)).toEqual(normalImage(saved(layer), options));
  });

  test('keeps the layers of a foreign base byte for byte', () => {
    const normal = normalImage(saved(layer), { ...options, known: [] });
    expect(normal.layers[0]?.diffId).toBe(baseLayer.diffId);
    expect(normal.layers[0]?.createdBy).toBe('base');
  });

  test('on a base that is not ours is refused', () => {
    const other = layerOf(writeTar([file('usr/bin/node', 'another')]), 'COPY node /usr/bin/node');
    expect(() => normalImage(saved(layer), { ...options, known: [other] })).toThrow(
      `built on a layer of none of its bases: ${baseLayer.diffId}`,
    );
  });

  test('with fewer layers than instructions is refused', () => {
    const instructions = ['COPY a', 'COPY b', 'COPY c'];
    expect(() => normalImage(saved(layer), { ...options, instructions })).toThrow(
      /2 layers of 3 instructions/,
    );
  });

  test('with a field of the wrong kind is refused by name', () => {
    expect(() => normalImage(saved(layer, { Entrypoint: 'sh -c x' }), options)).toThrow(
      /configuration: config\.Entrypoint: .*array/,
    );
  });
});
