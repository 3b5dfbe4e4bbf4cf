import type { ProcessRunner } from '@rackwright/host';
import fc from 'fast-check';
import { arbitraryRequest } from './arbitrary-request.ts';
import { readCharts } from './charts.ts';
import { conformityViolations } from './conformity.ts';
import { manifestViolations } from './objects.ts';
import { namesTheValue } from './refusal.ts';
import { type Rendering, type RenderRequest, renderAll } from './render.ts';

/** What a survey needs. */
export interface SurveyOptions {
  readonly runner: ProcessRunner;
  readonly programs: Readonly<Record<'helm-render' | 'kubeconform', string>>;
  /** Folder with a JSON schema of each kind the API server knows. */
  readonly schemas: string;
  /** How many releases. */
  readonly count: number;
  /** The same seed makes the same releases. */
  readonly seed: number;
}

/** A release that renders to what nobody should get, or fails without a reason. */
export interface Fault {
  readonly request: RenderRequest;
  readonly violations: readonly string[];
}

/** What became of the releases of a survey. */
export interface Survey {
  /** Rendered to objects nothing is wrong with. */
  readonly rendered: number;
  /** Refused with a sentence that names the value. */
  readonly refused: number;
  readonly faults: readonly Fault[];
}

/** How many releases are in memory at a time. */
const batchSize = 500;

/** Renders releases of all charts with random names and values, and looks at what comes of each. */
export async function surveyCharts(options: SurveyOptions): Promise<Survey> {
  const arbitrary = arbitraryRequest(readCharts());
  let sum: Survey = { rendered: 0, refused: 0, faults: [] };
  for (let from = 0; from < options.count; from += batchSize) {
    const numRuns = Math.min(batchSize, options.count - from);
    const batch = await surveyBatch(fc.sample(arbitrary, { seed: options.seed + from, numRuns }), options);
    sum = {
      rendered: sum.rendered + batch.rendered,
      refused: sum.refused + batch.refused,
      faults: [...sum.faults, ...batch.faults],
    };
  }
  return sum;
}

async function surveyBatch(requests: readonly RenderRequest[], options: SurveyOptions): Promise<Survey> {
  const { runner, programs, schemas } = options;
  const renderings = await renderAll(requests, { runner, program: programs['helm-render'] });
  const rendered = renderings.flatMap(({ manifest }, i) =>
    manifest === undefined ? [] : [[i, manifest] as const],
  );
  const conformity = { runner, program: programs.kubeconform, schemas };
  const nonconforming = await conformityViolations(new Map(rendered), conformity);
  const violations = requests.map((request, i) => [
    ...violationsOf(request, renderings[i]),
    ...(nonconforming.get(i) ?? []),
  ]);
  const sound = renderings.filter((_, i) => violations[i]?.length === 0);
  const kept = sound.filter(({ manifest }) => manifest !== undefined).length;
  return {
    rendered: kept,
    refused: sound.length - kept,
    faults: requests.flatMap((request, i) => {
      const found = violations[i] ?? [];
      return found.length === 0 ? [] : [{ request, violations: found }];
    }),
  };
}

function violationsOf(request: RenderRequest, rendering: Rendering | undefined): string[] {
  if (rendering?.manifest !== undefined) {
    return manifestViolations(rendering.manifest, new Set(textsIn(request.values)));
  }
  const error = rendering?.error ?? 'no answer';
  return namesTheValue(error) ? [] : [`refused without the name of a value: ${error}`];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** One line for each of the first faults, with what makes it again. */
export function faultLines({ faults }: Survey, most = 20): string[] {
  return faults
    .slice(0, most)
    .map(({ request, violations }) => `${violations.join('; ')}\n  ${JSON.stringify(request)}`);
}
