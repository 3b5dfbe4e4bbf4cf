import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { HwError } from '@rackwright/core';
import { sha256 } from '../digest.ts';
import { ArchiveFiles } from './archive-files.ts';
import { type Image, type Layer, layerOf } from './image.ts';
import { normalLayer } from './normal-layer.ts';
import { instructionsOf, settingsOf } from './read-archive.ts';
import { configSchema, dockerManifestSchema, parseDocument } from './schemas.ts';

const gzipMagic = Buffer.from([0x1f, 0x8b]);
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** What a tool's image becomes. */
export interface NormalImageOptions {
  readonly reference: string;
  readonly created: Date;
  /** Layers of the images it stands on; those it begins with are taken from there. */
  readonly known: readonly Layer[];
  /** The instructions of the final stage that made layers, in order. */
  readonly instructions: readonly string[];
}

/**
 * Turns what docker, podman or buildah saved into an image that depends only on
 * its contents. Layers of a foreign base stay as they are; those of the
 * Dockerfile's own instructions are normalised.
 *
 * @throws HwError InvalidArgument when the archive is none, has not one layer per instruction, or
 *   stands on a layer that is not among those known, if any is
 */
export async function normalImage(saved: Buffer, options: NormalImageOptions): Promise<Image> {
  const what = options.reference;
  const files = await ArchiveFiles.open(saved, what);
  const [entry] = parseDocument(dockerManifestSchema, files.read('manifest.json'), `${what}: manifest.json`);
  const config = parseDocument(configSchema, files.read(entry?.Config ?? ''), `${what}: configuration`);
  const archives = (entry?.Layers ?? []).map((path) => unpacked(files.read(path)));
  const own = archives.length - options.instructions.length;
  if (own < 0) {
    throw new HwError(
      'InvalidArgument',
      `${what}: the build made ${archives.length} layers of ${options.instructions.length} instructions`,
    );
  }
  const foreign = instructionsOf(config);
  const known = new Map(options.known.map((layer) => [layer.diffId, layer]));
  const inherited = (archive: Buffer, i: number): Layer => {
    const layer = known.get(sha256(archive));
    if (layer !== undefined) return layer;
    if (known.size === 0) return layerOf(archive, foreign[i] ?? '');
    // Another's base under the same name, as it may lie in docker's store.
    throw new HwError(
      'InvalidArgument',
      `${what} was built on a layer of none of its bases: ${sha256(archive)}`,
      {
        remedy: `remove images named localhost/rackwright/… from the build tool's store, and build again`,
      },
    );
  };
  const layers = await Promise.all(
    archives.map(async (archive, i) =>
      i < own
        ? inherited(archive, i)
        : layerOf(await normalLayer(archive), options.instructions[i - own] ?? ''),
    ),
  );
  const settings = settingsOf(config);
  // The tool signs its work in a label of its own.
  const labels = Object.fromEntries(
    Object.entries(settings.labels).filter(([key]) => !key.startsWith('io.buildah.')),
  );
  return {
    reference: options.reference,
    created: options.created,
    settings: { ...settings, labels },
    layers,
  };
}

/** A layer's archive: podman saves it plain, BuildKit and newer daemons as they compressed it. */
function unpacked(layer: Buffer): Buffer {
  if (layer.subarray(0, 2).equals(gzipMagic)) return gunzipSync(layer);
  return layer.subarray(0, 4).equals(zstdMagic) ? zstdDecompressSync(layer) : layer;
}
