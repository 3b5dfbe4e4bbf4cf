import { chmod, copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessRunner } from '@rackwright/host';
import { temporaryFolder } from '@rackwright/testbed/without-nodes';
import { buildImage } from '../build-image.ts';
import { hexOf, sha256 } from '../digest.ts';
import { architecture, type BuildTool } from '../engine/build-tool.ts';
import type { ImagesFolder } from '../images-folder.ts';
import type { Image } from '../oci/image.ts';
import { imageDocuments, writeOciArchive } from '../oci/layout.ts';
import { readOciArchive } from '../oci/read-archive.ts';
import { type Component, imageComponent, npmComponent } from '../sbom/component.ts';
import { debianComponents } from '../sbom/debian.ts';
import { spdxDocument, spdxPackage } from '../sbom/spdx.ts';
import type { Workspace } from '../workspace.ts';
import { RootFolder } from './files.ts';
import { pinnedImage } from './pinned-image.ts';
import { type BaseName, baseReferences, basesOf } from './references.ts';
import {
  certificates,
  parseStorageTools,
  type StageOptions,
  stageBase,
  stageBusybox,
  stageMountTools,
  stageStorageTools,
  stageWorkload,
} from './stage.ts';

/** What building the bases needs. */
export interface BasesOptions {
  readonly workspace: Workspace;
  readonly folder: ImagesFolder;
  readonly tool: BuildTool;
  readonly runner: ProcessRunner;
  readonly env: NodeJS.ProcessEnv;
}

/** Builds one of the bases from programs and libraries of this machine, and its list of contents. */
export async function buildBase(name: BaseName, options: BasesOptions): Promise<Image> {
  const { workspace, tool, folder } = options;
  const dockerfile = workspace.own(name, 'Dockerfile');
  const below = basesOf(await readFile(dockerfile, 'utf8'));
  const images = await Promise.all(below.map((one) => readBase(one, folder)));
  await using temporary = await temporaryFolder('rwstage-');
  // Empty: the base stands on this machine's libraries.
  const publicBase = name === 'base' ? pinnedImage(options.env, 'RACKWRIGHT_BASE_IMAGE') : '';
  const components = await stage(name, publicBase, join(temporary.path, architecture), options);
  const image = await buildImage(
    {
      reference: baseReferences[name],
      // Not the time of a commit: they change only with what is in them.
      created: new Date(0),
      dockerfile,
      context: temporary.path,
      args: publicBase === '' ? {} : { BASE: publicBase },
      images: below.map((one) => folder.file(one, 'archive')),
      known: images.flatMap(({ layers }) => layers),
      pull: publicBase !== '',
    },
    tool,
  );
  await folder.write(name, 'archive', await writeOciArchive(image));
  const packages = components.map(spdxPackage);
  await folder.write(name, 'sbom', spdxDocument(image, imageDocuments(image).digest, packages));
  return image;
}

/** A base built before. */
export async function readBase(name: BaseName, folder: ImagesFolder): Promise<Image> {
  return readOciArchive(await folder.read(name, 'archive'), folder.file(name, 'archive'));
}

/** Makes the context of a base and returns what is in it. */
async function stage(
  name: BaseName,
  publicBase: string,
  context: string,
  { workspace, runner, env }: BasesOptions,
): Promise<Component[]> {
  await mkdir(context);
  const node = join(workspace.nodePackage, 'bin/node');
  const root = new RootFolder(join(context, 'rootfs'));
  const options: StageOptions = { runner, path: env.PATH, node };
  if (name === 'mount-tools') await stageMountTools(root, options);
  if (name === 'storage-tools') {
    const list = await readFile(workspace.own(name, 'programs.txt'), 'utf8');
    await stageStorageTools(root, parseStorageTools(list), options);
  }
  if (name === 'workload') await stageWorkload(root, workspace.workload, options);
  if (name === 'pause') await stageBusybox(root, false, options);
  if (name !== 'base') return debianComponents(root.sources, runner);
  await stageBase(root, publicBase !== '', options);
  await copyFile(node, join(context, 'node'));
  await chmod(join(context, 'node'), 0o755);
  const binary = hexOf(sha256(await readFile(node)));
  const manifest = await workspace.manifest(workspace.nodePackage);
  return [
    npmComponent(manifest, {
      sha256: binary,
      comment: `/usr/bin/node; its root certificates: ${certificates}`,
      // No database knows the npm package that brings it.
      cpe: `cpe:2.3:a:nodejs:node.js:${manifest.version}:*:*:*:*:*:*:*`,
    }),
    ...(publicBase === '' ? [] : [imageComponent(publicBase)]),
    ...(await debianComponents(root.sources, runner)),
  ];
}
