import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HwError } from '@rackwright/core';
import { appNames } from '@rackwright/testbed';
import type { ContainerEngine } from './engine.ts';

const apps = fileURLToPath(new URL('../../../apps/', import.meta.url));

/**
 * Loads the image of every app and returns their names.
 *
 * @param folder where `npx nx run-many -t container` puts the archives
 */
export async function loadImages(
  engine: ContainerEngine,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const images = new Map<string, string>();
  for (const app of appNames) {
    await engine.load(join(folder, `${app}.oci.tar`));
    images.set(app, `ghcr.io/rackwright/${app}:${await versionOf(app)}`);
  }
  return images;
}

async function versionOf(app: string): Promise<string> {
  const path = join(apps, app, 'package.json');
  const { version } = JSON.parse(await readFile(path, 'utf8')) as { readonly version?: string };
  if (version === undefined) throw new HwError('InvalidArgument', `${path} has no version`);
  return version;
}
