import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { HwError } from '@rackwright/core';
import type { ProcessRunner } from '@rackwright/host';
import { appNames, readTar, temporaryFolder } from '@rackwright/testbed';
import { integrityMatches } from '../digest.ts';
import { runTool } from '../engine/run-tool.ts';
import type { PinnedPackage, Workspace } from '../workspace.ts';
import { type BakeApp, type BakeFileOptions, bakeFile } from './bake-file.ts';
import { RootFolder } from './files.ts';
import { basesOf } from './references.ts';
import { stageBase } from './stage.ts';

/** npm's name of each architecture images are released for. */
const architectures = { amd64: 'x64', arm64: 'arm64' } as const;

/** What making the context needs. */
export interface BakeContextOptions extends BakeFileOptions {
  readonly workspace: Workspace;
  readonly runner: ProcessRunner;
  readonly path: string | undefined;
}

/**
 * Makes what `docker buildx bake` builds from in `folder`: for every architecture
 * the pinned Node binary, users and certificates, and the file it reads. The
 * package of a foreign architecture is fetched from npm.
 *
 * @throws HwError FailedPrecondition when a package is not what the lock file pins
 */
export async function stageForBake(folder: string, options: BakeContextOptions): Promise<void> {
  const { workspace, runner, path } = options;
  await rm(folder, { recursive: true, force: true });
  for (const [architecture, npmName] of Object.entries(architectures)) {
    const context = join(folder, architecture);
    await mkdir(context, { recursive: true });
    const node = join(context, 'node');
    await stageBase(new RootFolder(join(context, 'rootfs')), true, { runner, path, node });
    await placeNode(`node-linux-${npmName}`, node, options);
  }
  const apps = await Promise.all(appNames.map((app) => bakeApp(app, workspace)));
  const file = bakeFile(apps, options);
  await writeFile(join(folder, 'docker-bake.json'), `${JSON.stringify(file, undefined, 2)}\n`);
}

async function bakeApp(name: string, workspace: Workspace): Promise<BakeApp> {
  const folder = workspace.appFolder(name);
  const { version } = await workspace.manifest(folder);
  return { name, version, bases: basesOf(await readFile(join(folder, 'Dockerfile'), 'utf8')) };
}

async function placeNode(
  name: string,
  target: string,
  { workspace, runner }: BakeContextOptions,
): Promise<void> {
  const installed = join(workspace.root, 'node_modules', name, 'bin/node');
  if (
    await copyFile(installed, target).then(
      () => true,
      () => false,
    )
  )
    return;
  const pinned = await workspace.pinned(name);
  await using temporary = await temporaryFolder('rwpack-');
  await runTool(runner, [
    'npm',
    'pack',
    '--silent',
    '--pack-destination',
    temporary.path,
    `${name}@${pinned.version}`,
  ]);
  const archive = await readFile(join(temporary.path, `${name}-${pinned.version}.tgz`));
  await writeFile(target, await binaryOf(archive, name, pinned), { mode: 0o755 });
}

/** The Node binary in a package, which must be the one the lock file pins. */
export async function binaryOf(
  archive: Buffer,
  name: string,
  { version, integrity }: PinnedPackage,
): Promise<Buffer> {
  if (!integrityMatches(archive, integrity)) {
    throw new HwError(
      'FailedPrecondition',
      `${name}@${version} is not the package that package-lock.json pins`,
    );
  }
  const entry = (await readTar(gunzipSync(archive))).find(({ path }) => path === 'package/bin/node');
  if (entry !== undefined) return entry.data;
  throw new HwError('FailedPrecondition', `${name}@${version} has no bin/node`);
}
