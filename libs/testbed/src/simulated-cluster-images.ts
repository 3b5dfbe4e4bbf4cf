import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HwError } from '@rackwright/core';
import { appOfImage, apps } from '@rackwright/registry';
import { type ImageResolver, imageName } from '@rackwright/simulator';
import { type ImageStart, imageStart } from './dockerfile.ts';

/** Our images, by the last part of their name. */
export const appNames: readonly string[] = apps.map(({ name }) => name);

/** Where `npm run build` puts the bundles of this checkout. */
export const builtApps = fileURLToPath(new URL('../../../dist/apps', import.meta.url));

const appFolders = fileURLToPath(new URL('../../../apps', import.meta.url));

/** How an app's image starts, as its Dockerfile says; also how bundles are run without the image. */
export function appStart(app: string): ImageStart {
  return imageStart(readFileSync(join(appFolders, app, 'Dockerfile'), 'utf8'));
}

/** The flags an app's image gives to Node. */
export function appNodeFlags(app: string): readonly string[] {
  return appStart(app).entrypoint.slice(1, -1);
}

/** @throws HwError FailedPrecondition naming the apps that are not built */
export function checkBuilt(folder: string, apps: readonly string[]): void {
  const missing = apps.filter((app) => !existsSync(join(folder, app, 'main.js')));
  if (missing.length === 0) return;
  throw new HwError('FailedPrecondition', `not built: ${missing.join(', ')} (looked in ${folder})`, {
    remedy: 'run npm run build',
  });
}

/** Runs our images, of whatever registry and tag, from the bundles in `folder`. */
export function appImages(folder: string): ImageResolver {
  return (reference) => {
    const found = appOfImage(imageName(reference));
    if (found === undefined || !existsSync(join(folder, found.name, 'main.js'))) return undefined;
    const { name: app, callsServices = false, hardwareTools = false } = found;
    const { entrypoint, user, env } = appStart(app);
    return {
      entrypoint,
      user,
      ...(callsServices && { usesNetworkProxy: true }),
      ...(hardwareTools && { usesNodePrograms: true }),
      env: {
        ...env,
        PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
      },
      files: { '/app': join(folder, app), '/usr/bin/node': process.execPath },
    };
  };
}
