import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { KubeClient } from '@rackwright/kube';
import {
  ControlPlane,
  type OpenApiV2,
  ProgramResolver,
  workspaceRoot,
  writeSchemas,
} from '@rackwright/testbed/without-nodes';
import { type Survey, surveyCharts } from './survey.ts';

/** How a survey is made from nothing. */
export interface SurveyorOptions {
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
  readonly count: number;
  readonly seed: number;
}

/** Brings the programs, takes the schemas from an API server that has the CRDs, and makes the survey. */
export async function runSurvey(options: SurveyorOptions): Promise<Survey> {
  const { clock, env, progress, count, seed } = options;
  const resolver = new ProgramResolver({ env, clock, progress });
  const programs = await resolver.resolveAll(['helm-render', 'kubeconform']);
  const schemas = await mkdtemp(join(tmpdir(), 'rackwright-schemas-'));
  try {
    await writeSchemas(await openApi(resolver, options), schemas);
    return await surveyCharts({ runner: new SystemProcessRunner(clock), programs, schemas, count, seed });
  } finally {
    await rm(schemas, { recursive: true, force: true });
  }
}

async function openApi(programs: ProgramResolver, { clock }: SurveyorOptions): Promise<OpenApiV2> {
  await using plane = await ControlPlane.start({ programs, clock });
  await plane.kubectl('apply', '--server-side', '-f', join(workspaceRoot, 'config/crd/bases'));
  await plane.untilCrdsServed();
  await using client = new KubeClient({ connection: plane.admin(), clock, userAgent: 'charts' });
  return await client.request<OpenApiV2>('GET', '/openapi/v2');
}
