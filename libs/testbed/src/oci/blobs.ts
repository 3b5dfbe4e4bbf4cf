import { createHash } from 'node:crypto';

const oci = 'application/vnd.oci.image';

/** Media types of the OCI image specification, of layers that are not compressed. */
export const mediaTypes = {
  index: `${oci}.index.v1+json`,
  manifest: `${oci}.manifest.v1+json`,
  config: `${oci}.config.v1+json`,
  layer: `${oci}.layer.v1.tar`,
} as const;

/** How an image names a part of itself. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

/** Go's names of the architectures Node tells. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** What images for this machine say of themselves. */
export const platform = { os: 'linux', architecture: architectures[process.arch] ?? process.arch } as const;

/** Where an archive has a part. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** Parts of images, by digest. */
export class Blobs {
  readonly #data = new Map<string, Buffer>();

  add(mediaType: string, data: Buffer): Descriptor {
    const digest = `sha256:${createHash('sha256').update(data).digest('hex')}`;
    this.#data.set(digest, data);
    return { mediaType, digest, size: data.length };
  }

  addJson(mediaType: string, value: object): Descriptor {
    return this.add(mediaType, Buffer.from(JSON.stringify(value)));
  }

  get(digest: string): Buffer | undefined {
    return this.#data.get(digest);
  }

  entries(): Iterable<readonly [string, Buffer]> {
    return this.#data;
  }
}
