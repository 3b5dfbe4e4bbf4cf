import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { parseDocument } from '../oci/schemas.ts';
import type { Workspace } from '../workspace.ts';
import { type Component, npmComponent } from './component.ts';

const metafileSchema = z.object({
  outputs: z.record(
    z.string(),
    z.object({ inputs: z.record(z.string(), z.object({ bytesInOutput: z.number() })) }),
  ),
});

/** The npm packages an app's bundle contains, by name and version. */
export async function bundleComponents(app: string, workspace: Workspace): Promise<Component[]> {
  const bundle = workspace.bundle(app);
  const names = (await readdir(bundle)).filter((name) => name.endsWith('.meta.json')).sort();
  const folders = new Set<string>();
  for (const name of names) {
    const path = join(bundle, name);
    for (const folder of packageFolders(await readFile(path, 'utf8'), path)) {
      folders.add(resolve(workspace.appFolder(app), folder));
    }
  }
  const manifests = await Promise.all([...folders].map((folder) => workspace.manifest(folder)));
  const components = manifests.map((manifest) => npmComponent(manifest));
  const byPurl = new Map(components.map((component) => [component.purl, component]));
  return [...byPurl.keys()].sort().flatMap((purl) => byPurl.get(purl) ?? []);
}

/**
 * The folders of the packages that left something in a bundle, as esbuild's
 * metafile names them. What was only looked at is not in it.
 */
export function packageFolders(metafile: string, what: string): string[] {
  const { outputs } = parseDocument(metafileSchema, metafile, what);
  const kept = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  const folders = kept.flatMap(([input]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
  return [...new Set(folders)].filter((folder) => !folder.startsWith('(')).sort();
}
