import { readFile } from 'node:fs/promises';
import { finalStage } from '@rackwright/testbed';
import { architecture, type BuildTool } from './engine/build-tool.ts';
import type { Image } from './oci/image.ts';
import { normalImage } from './oci/normal-image.ts';
import { readOciArchive } from './oci/read-archive.ts';

/** What is built. */
export interface ImageSpec {
  readonly reference: string;
  readonly created: Date;
  readonly dockerfile: string;
  readonly context: string;
  readonly args: Readonly<Record<string, string>>;
  /** Archives of the images it stands on and copies from. */
  readonly images: readonly string[];
  readonly pull?: boolean;
}

/** Builds one Dockerfile with `tool` and returns the image without any trace of when and by whom. */
export async function buildImage(spec: ImageSpec, tool: BuildTool): Promise<Image> {
  const { dockerfile, context, images } = spec;
  const bases = await Promise.all(images.map(async (path) => readOciArchive(await readFile(path), path)));
  const args = { TARGETARCH: architecture, ...spec.args };
  const saved = await tool.build({ dockerfile, context, args, images, pull: spec.pull ?? false });
  const text = await readFile(dockerfile, 'utf8');
  return normalImage(saved, {
    reference: spec.reference,
    created: spec.created,
    known: bases.flatMap(({ layers }) => layers),
    instructions: finalStage(text)
      .filter(({ name }) => ['COPY', 'ADD', 'RUN'].includes(name))
      .map(({ name, value }) => `${name} ${value}`),
  });
}
