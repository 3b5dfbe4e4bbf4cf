import { tarEntry, writeTar } from '@rackwright/testbed/without-nodes';
import { hexOf, sha256 } from '../digest.ts';
import type { Image } from './image.ts';

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  index: 'application/vnd.oci.image.index.v1+json',
};

/** An image as the JSON documents of the OCI image specification. */
export interface ImageDocuments {
  readonly config: Buffer;
  readonly manifest: Buffer;
  /** What pods and signatures name the image by. */
  readonly digest: string;
}

/** The configuration and the manifest of an image. */
export function imageDocuments(image: Image): ImageDocuments {
  const config = json(configOf(image));
  const manifest = json({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(types.config, config),
    layers: image.layers.map(({ digest, blob }) => ({ mediaType: types.layer, digest, size: blob.length })),
  });
  return { config, manifest, digest: sha256(manifest) };
}

function configOf({ created, settings, layers }: Image): unknown {
  const list = (key: string, values: readonly string[]) => (values.length === 0 ? {} : { [key]: values });
  const when = created.toISOString();
  return {
    created: when,
    architecture: settings.architecture,
    os: 'linux',
    config: {
      ...(settings.user === '' ? {} : { User: settings.user }),
      ...list('Env', settings.env),
      ...list('Entrypoint', settings.entrypoint),
      ...list('Cmd', settings.command),
      ...(settings.workingDir === '' ? {} : { WorkingDir: settings.workingDir }),
      Labels: Object.fromEntries(Object.entries(settings.labels).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    // Builders refuse a base whose history does not name every layer.
    history: layers.map(({ createdBy }) => ({ created: when, created_by: createdBy })),
  };
}

/**
 * An image as one OCI archive. containerd, podman and skopeo read its index;
 * `manifest.json` is for `docker load`. The same image gives the same bytes.
 */
export function writeOciArchive(image: Image): Promise<Buffer> {
  const { config, manifest, digest } = imageDocuments(image);
  const index = {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: [
      {
        ...descriptor(types.manifest, manifest),
        annotations: {
          'io.containerd.image.name': image.reference,
          'org.opencontainers.image.ref.name': image.reference,
        },
        platform: { architecture: image.settings.architecture, os: 'linux' },
      },
    ],
  };
  const docker = [
    {
      Config: blobPath(sha256(config)),
      RepoTags: [image.reference],
      Layers: image.layers.map((layer) => blobPath(layer.digest)),
    },
  ];
  const files = new Map<string, Buffer>([
    ['oci-layout', json({ imageLayoutVersion: '1.0.0' })],
    ['index.json', json(index)],
    ['manifest.json', json(docker)],
    [blobPath(digest), manifest],
    [blobPath(sha256(config)), config],
    ...image.layers.map((layer): [string, Buffer] => [blobPath(layer.digest), layer.blob]),
  ]);
  const folders = ['blobs', 'blobs/sha256'].map((path) => tarEntry(path, 'directory', 0o755));
  const paths = [...files.keys()].sort();
  return writeTar([
    ...folders,
    ...paths.map((path) => tarEntry(path, 'file', 0o644, { data: files.get(path) ?? Buffer.alloc(0) })),
  ]);
}

export function blobPath(digest: string): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

function descriptor(mediaType: string, data: Buffer): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: sha256(data), size: data.length };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
