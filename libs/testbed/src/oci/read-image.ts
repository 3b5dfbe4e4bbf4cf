import { readFile } from 'node:fs/promises';
import { HwError } from '@rackwright/core';
import { readTar } from '../tar/read-tar.ts';
import { type Blobs, blobPath, type Descriptor } from './blobs.ts';

/** What of an image others are made from. */
export interface BaseImage {
  readonly layers: readonly Descriptor[];
  /** Digests of the layers as they are uncompressed. */
  readonly diffIds: readonly string[];
}

interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/**
 * Reads an OCI archive of one image, and adds its layers to `blobs`.
 *
 * @throws HwError InvalidArgument when a part is missing
 */
export async function readBaseImage(path: string, blobs: Blobs): Promise<BaseImage> {
  const files = new Map((await readTar(await readFile(path))).map((entry) => [entry.path, entry.data]));
  const read = (name: string): Buffer => {
    const data = files.get(name);
    if (data === undefined) throw new HwError('InvalidArgument', `${path} has no ${name}`);
    return data;
  };
  const parse = <T>(name: string): T => JSON.parse(String(read(name))) as T;
  const [entry] = parse<{ readonly manifests: readonly Descriptor[] }>('index.json').manifests;
  const { config, layers } = parse<Manifest>(blobPath(entry?.digest ?? ''));
  const { rootfs } = parse<{ readonly rootfs: { readonly diff_ids: readonly string[] } }>(
    blobPath(config.digest),
  );
  return {
    layers: layers.map(({ mediaType, digest }) => blobs.add(mediaType, read(blobPath(digest)))),
    diffIds: rootfs.diff_ids,
  };
}
