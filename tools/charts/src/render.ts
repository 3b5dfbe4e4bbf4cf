import { HwError } from '@rackwright/core';
import type { ProcessRunner } from '@rackwright/host';

/** One release to render. */
export interface RenderRequest {
  /** Folder of the chart. */
  readonly chart: string;
  readonly release: string;
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What Helm made of it: manifests, hooks included, or what it said instead. */
export type Rendering =
  | { readonly manifest: string; readonly error?: undefined }
  | { readonly manifest?: undefined; readonly error: string };

/** Renders releases with the real Helm in one process; answers are in the order of the requests. */
export async function renderAll(
  requests: readonly RenderRequest[],
  { runner, program }: { readonly runner: ProcessRunner; readonly program: string },
): Promise<Rendering[]> {
  const outcome = await runner.run([program], {
    input: requests.map((request) => `${JSON.stringify(request)}\n`).join(''),
    deadlineMs: 600_000,
    maxOutputBytes: 256 * 1024 * 1024,
  });
  if (outcome.code !== 0) throw new HwError('Internal', `${program}: ${outcome.stderr}`);
  const lines = outcome.stdout.split('\n').slice(0, requests.length);
  return lines.map((line) => JSON.parse(line) as Rendering);
}
