import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import type { ProcessRunner } from '@rackwright/host';

/** Kinds whose definitions are other projects', and are not in the API server. */
const foreignKinds = ['Certificate', 'Issuer', 'NodeFeatureRule', 'PrometheusRule', 'ServiceMonitor'];

interface Report {
  readonly resources?: readonly {
    readonly filename: string;
    readonly kind: string;
    readonly name: string;
    readonly msg: string;
  }[];
}

/** What kubeconform has against manifests, by the key of each, with schemas of kinds in a folder. */
export async function conformityViolations(
  manifests: ReadonlyMap<number, string>,
  options: { readonly runner: ProcessRunner; readonly program: string; readonly schemas: string },
): Promise<Map<number, string[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'rackwright-manifests-'));
  try {
    for (const [key, text] of manifests) await writeFile(join(folder, `${key}.yaml`), text);
    const schemas = `${options.schemas}/{{ .ResourceKind }}{{ .KindSuffix }}.json`;
    const outcome = await options.runner.run(
      [
        options.program,
        ...['-strict', '-output', 'json', '-skip', foreignKinds.join(',')],
        ...['-schema-location', schemas, folder],
      ],
      { deadlineMs: 600_000, maxOutputBytes: 64 * 1024 * 1024 },
    );
    if (outcome.stdout === '') throw new HwError('Internal', `kubeconform: ${outcome.stderr}`);
    const { resources = [] } = JSON.parse(outcome.stdout) as Report;
    const byFile = Map.groupBy(resources, ({ filename }) => Number(/(\d+)\.yaml$/.exec(filename)?.[1]));
    return new Map(
      [...byFile].map(([key, found]) => [
        key,
        found.map(({ kind, name, msg }) => `kubeconform: ${kind} ${name}: ${msg}`),
      ]),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
