import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Blobs, blobPath, mediaTypes, platform } from '../oci/blobs.ts';
import { tarEntry } from '../tar/tar-entry.ts';
import { writeTar } from '../tar/write-tar.ts';
import type { SidecarName } from './sidecar-images.ts';

/** Where the images of sidecars are published, under the tags the operator's defaults name. */
const references: Readonly<Record<SidecarName, string>> = {
  'csi-provisioner': 'registry.k8s.io/sig-storage/csi-provisioner:v6.4.0',
  'csi-resizer': 'registry.k8s.io/sig-storage/csi-resizer:v2.3.0',
};

/** Writes an archive of each of these sidecars, and returns their paths. */
export async function writeSidecarArchives(
  folder: string,
  programs: Readonly<Partial<Record<SidecarName, string>>>,
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  for (const [name, program] of Object.entries(programs)) {
    const path = join(folder, `${name}.oci.tar`);
    await writeFile(
      path,
      await staticImageArchive({ reference: references[name as SidecarName], name, program }),
    );
    written.push(path);
  }
  return written;
}

/** A program without libraries, and the image it becomes. */
export interface StaticImage {
  /** Full reference, such as `registry.k8s.io/sig-storage/csi-provisioner:v6.4.0`. */
  readonly reference: string;
  /** Name of the program in the image's root, which is what it starts. */
  readonly name: string;
  /** Path of the program on this machine. */
  readonly program: string;
}

/** An OCI archive with nothing but the program, run by nobody. */
export async function staticImageArchive({ reference, name, program }: StaticImage): Promise<Buffer> {
  const layer = await writeTar([tarEntry(name, 'file', 0o755, { data: await readFile(program) })]);
  const blobs = new Blobs();
  const layers = [blobs.add(mediaTypes.layer, layer)];
  const config = blobs.addJson(mediaTypes.config, {
    ...platform,
    config: { Entrypoint: [`/${name}`], User: '65532:65532' },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  const mediaType = mediaTypes.manifest;
  const manifest = blobs.addJson(mediaType, { schemaVersion: 2, mediaType, config, layers });
  const annotations = { 'io.containerd.image.name': reference };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, platform, annotations }] };
  return writeTar([
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', json(index)),
    ...[...blobs.entries()].map(([digest, data]) => file(blobPath(digest), data)),
  ]);
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function file(path: string, data: Buffer): ReturnType<typeof tarEntry> {
  return tarEntry(path, 'file', 0o644, { data });
}
