import { readFile } from 'node:fs/promises';
import { finalStage } from '@rackwright/testbed/without-nodes';
import { architecture, type BuildTool } from './engine/build-tool.ts';
import type { Image, Layer } from './oci/image.ts';
import { normalImage } from './oci/normal-image.ts';

/** What is built. */
export interface ImageSpec {
  readonly reference: string;
  readonly created: Date;
  readonly dockerfile: string;
  readonly context: string;
  readonly args: Readonly<Record<string, string>>;
  /** Archives of the images it stands on and copies from. */
  readonly images: readonly string[];
  /** The layers of those images, taken over as they are. */
  readonly known: readonly Layer[];
  readonly pull?: boolean;
}

/** Builds one Dockerfile with `tool` and returns the image without any trace of when and by whom. */
export async function buildImage(spec: ImageSpec, tool: BuildTool): Promise<Image> {
  const { reference, created, dockerfile, context, images, known, pull = false } = spec;
  const args = { TARGETARCH: architecture, ...spec.args };
  const saved = await tool.build({ dockerfile, context, args, images, pull });
  const instructions = finalStage(await readFile(dockerfile, 'utf8'))
    .filter(({ name }) => ['COPY', 'ADD', 'RUN'].includes(name))
    .map(({ name, value }) => `${name} ${value}`);
  return normalImage(saved, { reference, created, known, instructions });
}
