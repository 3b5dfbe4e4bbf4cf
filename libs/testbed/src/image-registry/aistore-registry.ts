import { readFile } from 'node:fs/promises';
import { aistoreBundle, aistoreImage, aistoreScripts } from '@rackwright/simulator';
import { Blobs, type Descriptor, mediaTypes, platform } from '../oci/blobs.ts';
import { type BaseImage, readBaseImage } from '../oci/read-image.ts';
import { tarEntry } from '../tar/tar-entry.ts';
import { writeTar } from '../tar/write-tar.ts';
import type { RegistryContents } from './image-registry.ts';

/** Variables that name a real program, a static one, to be in the images in place of its stand-in. */
const realPrograms: Readonly<Record<string, string>> = {
  aisnode: 'AISNODE_BIN',
  aisinit: 'AISINIT_BIN',
  authn: 'AUTHN_BIN',
};

const binaries = '/usr/local/bin';
const bundle = '/usr/local/lib/aistore.mjs';

/**
 * AIStore's images, of whatever tag, for real nodes.
 *
 * @param base archive of an image with a shell and with Node at `/usr/bin/node`
 * @param env of this process
 */
export async function aistoreRegistry(base: string, env: NodeJS.ProcessEnv): Promise<RegistryContents> {
  const blobs = new Blobs();
  const { layers, diffIds } = await readBaseImage(base, blobs);
  const programs = blobs.add(mediaTypes.layer, await programsLayer(env));
  const below: BaseImage = { layers: [...layers, programs], diffIds: [...diffIds, programs.digest] };
  return { blobs, manifest: (name) => manifestOf(name, below, blobs) };
}

/** The programs, in one layer: like all layers it is pulled once. */
async function programsLayer(env: NodeJS.ProcessEnv): Promise<Buffer> {
  const program = async (name: string, script: string): Promise<Buffer> => {
    const real = env[realPrograms[name] ?? ''];
    return real === undefined ? Buffer.from(script) : readFile(real);
  };
  const scripts = await Promise.all(
    [...aistoreScripts('/usr/bin/node', bundle)].map(async ([name, script]) => {
      const path = name === 'cleanup-helper' ? name : `${binaries}/${name}`.slice(1);
      return tarEntry(path, 'file', 0o755, { data: await program(name, script) });
    }),
  );
  return writeTar([
    tarEntry(bundle.slice(1), 'file', 0o644, { data: Buffer.from(aistoreBundle()) }),
    ...scripts,
  ]);
}

function manifestOf(name: string, { layers, diffIds }: BaseImage, blobs: Blobs): Descriptor | undefined {
  const image = aistoreImage(name);
  if (image === undefined) return undefined;
  const variables = { PATH: `${binaries}:/usr/bin:/bin`, ...image.env };
  const config = blobs.addJson(mediaTypes.config, {
    ...platform,
    config: {
      User: '0:0',
      Env: Object.entries(variables).map(([variable, value]) => `${variable}=${value}`),
      Entrypoint: image.entrypoint,
      ...(image.cmd !== undefined && { Cmd: image.cmd }),
    },
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  const mediaType = mediaTypes.manifest;
  return blobs.addJson(mediaType, { schemaVersion: 2, mediaType, config, layers });
}
