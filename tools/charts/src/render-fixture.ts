import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { ProgramResolver } from '@rackwright/testbed/without-nodes';
import { parseAllDocuments } from 'yaml';
import { readCharts } from './charts.ts';
import { type Rendering, type RenderRequest, renderAll } from './render.ts';

/** A rendered object with everything in it. */
export interface RenderedObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** A release to render, with what most tests do not care about left out. */
export type Release = Partial<Omit<RenderRequest, 'chart'>> & { readonly chart: string };

/** Renders releases of charts, named by their folder below charts/ or by an absolute path. */
export async function renderings(releases: readonly Release[]): Promise<Rendering[]> {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  const folders = new Map(readCharts().map(({ name, folder }) => [name, folder]));
  const requests = releases.map((release) => ({
    ...{ release: 'release', namespace: 'space', values: {} },
    ...release,
    chart: folders.get(release.chart) ?? release.chart,
  }));
  const runner = new SystemProcessRunner(systemClock);
  return renderAll(requests, { runner, program: await programs.resolve('helm-render') });
}

/** The objects of one release. */
export async function objectsOf(release: Release): Promise<RenderedObject[]> {
  const [rendering] = await renderings([release]);
  if (rendering?.manifest === undefined) throw new Error(rendering?.error);
  return parseObjects(rendering.manifest);
}

/** The one object of a kind. */
export async function objectOf(release: Release, kind: string): Promise<RenderedObject> {
  const found = (await objectsOf(release)).filter((object) => object.kind === kind);
  const [object] = found;
  if (object === undefined || found.length > 1) throw new Error(`${found.length} objects of kind ${kind}`);
  return object;
}

/** Why one release is refused. */
export async function refusalOf(release: Release): Promise<string> {
  return (await renderings([release]))[0]?.error ?? 'not refused';
}

/** The objects of a stream of manifests. */
export function parseObjects(manifest: string): RenderedObject[] {
  return parseAllDocuments(manifest)
    .map((document) => document.toJS() as RenderedObject | null)
    .filter((object) => object !== null);
}

/** The pod an object makes, and its only container. */
export function podOf(object: RenderedObject): {
  readonly annotations: Readonly<Record<string, string>>;
  readonly pod: Readonly<Record<string, unknown>>;
  readonly container: Readonly<Record<string, unknown>>;
} {
  const { template } = object.spec as unknown as {
    template: {
      metadata: { annotations: Record<string, string> };
      spec: { containers: Record<string, unknown>[] };
    };
  };
  const [container] = template.spec.containers;
  if (container === undefined) throw new Error(`${object.kind} ${object.metadata.name} has no container`);
  return { annotations: template.metadata.annotations, pod: template.spec, container };
}
