import { gzipSync } from 'node:zlib';
import { sha256 } from '../digest.ts';

/** One layer: a gzipped tar archive. */
export interface Layer {
  /** Digest of the gzipped archive, which registries and pulls go by. */
  readonly digest: string;
  /** Digest of the archive itself, which the image's configuration lists. */
  readonly diffId: string;
  readonly blob: Buffer;
  /** The instruction that made it. */
  readonly createdBy: string;
}

/** What the image says about itself, apart from its layers. */
export interface ImageSettings {
  readonly architecture: string;
  readonly user: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDir: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A container image in memory. */
export interface Image {
  /** Its full name, such as `ghcr.io/rackwright/driver-agent:0.1.0`. */
  readonly reference: string;
  /** When it counts as created. */
  readonly created: Date;
  readonly settings: ImageSettings;
  readonly layers: readonly Layer[];
}

/** Makes a layer from a tar archive. The gzip header carries no time. */
export function layerOf(archive: Buffer, createdBy: string): Layer {
  const blob = gzipSync(archive, { level: 9 });
  return { digest: sha256(blob), diffId: sha256(archive), blob, createdBy };
}
