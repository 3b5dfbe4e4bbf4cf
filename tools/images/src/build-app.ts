import { join } from 'node:path';
import { buildImage } from './build-image.ts';
import type { Commit } from './commit.ts';
import type { BuildTool } from './engine/build-tool.ts';
import type { Image } from './oci/image.ts';
import type { Workspace } from './workspace.ts';

/** What building an app's image needs. */
export interface AppImageOptions {
  readonly workspace: Workspace;
  readonly tool: BuildTool;
  readonly commit: Commit;
}

/** Builds the image of one app from its bundle and the bases, which must be there. */
export async function buildApp(app: string, { workspace, tool, commit }: AppImageOptions): Promise<Image> {
  const { version } = await workspace.manifest(workspace.appFolder(app));
  return buildImage(
    {
      reference: `ghcr.io/rackwright/${app}:${version}`,
      created: commit.time,
      dockerfile: join(workspace.appFolder(app), 'Dockerfile'),
      context: workspace.bundle(app),
      args: { VERSION: version, REVISION: commit.revision, CREATED: commit.time.toISOString() },
      images: ['base', 'mount-tools'].map((name) => join(workspace.images, `${name}.oci.tar`)),
    },
    tool,
  );
}
