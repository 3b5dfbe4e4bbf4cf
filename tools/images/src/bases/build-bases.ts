import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessRunner } from '@rackwright/host';
import { temporaryFolder } from '@rackwright/testbed';
import { buildImage } from '../build-image.ts';
import { architecture, type BuildTool } from '../engine/build-tool.ts';
import type { Image } from '../oci/image.ts';
import type { Workspace } from '../workspace.ts';
import { RootFolder } from './files.ts';
import { type StageOptions, stageBase, stageBusybox, stageMountTools } from './stage.ts';

/** The images apps stand on and copy from, and those of the test bed's pods. */
export const baseReferences = {
  base: 'localhost/rackwright/base:latest',
  'mount-tools': 'localhost/rackwright/mount-tools:latest',
  workload: 'docker.io/rackwright/workload:latest',
  pause: 'docker.io/rackwright/pause:1',
} as const;

export type BaseName = keyof typeof baseReferences;

/** What building the bases needs. */
export interface BasesOptions {
  readonly workspace: Workspace;
  readonly tool: BuildTool;
  readonly runner: ProcessRunner;
  readonly env: NodeJS.ProcessEnv;
}

/** Builds one of the bases from programs and libraries of this machine. */
export async function buildBase(name: BaseName, options: BasesOptions): Promise<Image> {
  const { workspace, tool, runner, env } = options;
  await using temporary = await temporaryFolder('rwstage-');
  const context = join(temporary.path, architecture);
  await mkdir(context);
  const publicBase = name === 'base' ? (env.RACKWRIGHT_BASE_IMAGE ?? '') : '';
  const node = join(workspace.nodePackage, 'bin/node');
  await stage(name, new RootFolder(join(context, 'rootfs')), publicBase !== '', {
    runner,
    path: env.PATH,
    node,
  });
  if (name === 'base') {
    await copyFile(node, join(context, 'node'));
    await chmod(join(context, 'node'), 0o755);
  }
  return await buildImage(
    {
      reference: baseReferences[name],
      // Not the time of a commit: they change only with what is in them.
      created: new Date(0),
      dockerfile: workspace.own(name, 'Dockerfile'),
      context: temporary.path,
      args: publicBase === '' ? {} : { BASE: publicBase },
      images: [],
      pull: publicBase !== '',
    },
    tool,
  );
}

async function stage(
  name: BaseName,
  root: RootFolder,
  publicBase: boolean,
  options: StageOptions,
): Promise<void> {
  if (name === 'base') await stageBase(root, publicBase, options);
  else if (name === 'mount-tools') await stageMountTools(root, options);
  else await stageBusybox(root, name === 'workload', options);
}
