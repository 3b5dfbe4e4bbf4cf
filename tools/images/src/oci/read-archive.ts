import { gunzipSync } from 'node:zlib';
import { HwError } from '@rackwright/core';
import { sha256 } from '../digest.ts';
import { ArchiveFiles } from './archive-files.ts';
import type { Image, ImageSettings, Layer } from './image.ts';
import { blobPath } from './layout.ts';
import { configSchema, indexSchema, manifestSchema, parseDocument } from './schemas.ts';

type Config = ReturnType<typeof configSchema.parse>;

/** An image's settings out of its configuration document. */
export function settingsOf({ architecture, config }: Config): ImageSettings {
  return {
    architecture,
    user: config.User,
    env: config.Env,
    entrypoint: config.Entrypoint,
    command: config.Cmd,
    workingDir: config.WorkingDir,
    labels: config.Labels,
  };
}

/** The instruction of each layer; those that made none are left out. */
export function instructionsOf({ history }: Config): string[] {
  return history.filter((step) => !step.empty_layer).map((step) => step.created_by);
}

/**
 * Reads an OCI archive of one image and checks every digest in it.
 *
 * @throws HwError InvalidArgument when something is missing or does not match its digest
 */
export async function readOciArchive(archive: Buffer, what: string): Promise<Image> {
  const files = await ArchiveFiles.open(archive, what);
  const blob = (digest: string): Buffer => checked(files.read(blobPath(digest)), digest, what);
  const [entry] = parseDocument(indexSchema, files.read('index.json'), `${what}: index.json`).manifests;
  const manifest = parseDocument(manifestSchema, blob(entry?.digest ?? ''), `${what}: manifest`);
  const config = parseDocument(configSchema, blob(manifest.config.digest), `${what}: configuration`);
  const instructions = instructionsOf(config);
  const layers = manifest.layers.map(({ digest }, i): Layer => {
    const data = blob(digest);
    const diffId = config.rootfs.diff_ids[i] ?? '';
    checked(gunzipSync(data), diffId, what);
    return { digest, diffId, blob: data, createdBy: instructions[i] ?? '' };
  });
  return {
    reference: entry?.annotations['io.containerd.image.name'] ?? '',
    created: new Date(config.created ?? 0),
    settings: settingsOf(config),
    layers,
  };
}

function checked(data: Buffer, digest: string, what: string): Buffer {
  if (sha256(data) === digest) return data;
  throw new HwError('InvalidArgument', `${what} is damaged: a part does not match its digest ${digest}`, {
    remedy: 'build it again: npx nx run-many -t container --skip-nx-cache',
  });
}
