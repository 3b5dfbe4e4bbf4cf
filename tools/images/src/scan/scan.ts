import { gunzipSync } from 'node:zlib';
import { readTar } from '@rackwright/testbed/without-nodes';
import type { Image } from '../oci/image.ts';
import { fileSystem } from './file-system.ts';
import { type Findings, findingsOf } from './findings.ts';

/** One layer as it is pulled. */
export interface ScannedLayer {
  readonly digest: string;
  readonly compressed: number;
  readonly unpacked: number;
  readonly createdBy: string;
}

/** What one image is made of and what was found in it. */
export interface ScannedImage {
  readonly name: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly layers: readonly ScannedLayer[];
  readonly findings: Findings;
}

/** Opens an image and looks at every file of it. */
export async function scanImage(name: string, { settings, layers }: Image): Promise<ScannedImage> {
  const contents = await Promise.all(layers.map(({ blob }) => readTar(gunzipSync(blob))));
  return {
    name,
    user: settings.user,
    entrypoint: settings.entrypoint,
    layers: layers.map(({ digest, blob, createdBy }, i) => ({
      digest,
      compressed: blob.length,
      unpacked: (contents[i] ?? []).reduce((sum, { data }) => sum + data.length, 0),
      createdBy,
    })),
    findings: findingsOf(fileSystem(contents), settings.user),
  };
}
