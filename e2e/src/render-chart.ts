import { fileURLToPath } from 'node:url';
import type { RunOutcome } from '@rackwright/host';
import type { DaemonSet, KubeObject, PodSpec } from '@rackwright/kube';
import { parseAllDocuments } from 'yaml';
import { expectEqual } from './expect.ts';
import type { TestEnvironment } from './test-environment.ts';

/** A rendered object; of its spec only what the cases look at. */
export interface Rendered extends KubeObject {
  readonly spec?: PodSpec & {
    readonly template?: { readonly spec?: PodSpec };
    readonly updateStrategy?: NonNullable<DaemonSet['spec']>['updateStrategy'];
  };
}

/** Folder of a chart of this checkout. */
export function chartFolder(chart: string): string {
  return fileURLToPath(new URL(`../../charts/${chart}`, import.meta.url));
}

/** What `helm template` says to a chart with these values. */
export function helmTemplate(
  testEnv: TestEnvironment,
  chart: string,
  values: object = {},
): Promise<RunOutcome> {
  const set = Object.entries(values).flatMap(([key, value]) => [
    '--set-json',
    `${key}=${JSON.stringify(value)}`,
  ]);
  return testEnv.helm('template', 'release', chartFolder(chart), '--namespace', testEnv.namespace, ...set);
}

/** The objects a chart makes of these values, hooks included. */
export async function renderChart(
  testEnv: TestEnvironment,
  chart: string,
  values: object = {},
): Promise<Rendered[]> {
  const outcome = await helmTemplate(testEnv, chart, values);
  expectEqual(`helm template ${chart}: ${outcome.stderr}`, outcome.code, 0);
  return objectsOf(outcome.stdout);
}

/** The objects of a stream of manifests. */
export function objectsOf(text: string): Rendered[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

/** The pod of the one object of a kind: its template's, or its own. */
export function podOf(objects: readonly Rendered[], kind: string): PodSpec {
  const found = objects.filter((object) => object.kind === kind);
  expectEqual(`objects of kind ${kind}`, found.length, 1);
  const { spec } = found[0] ?? {};
  const pod = kind === 'Pod' ? spec : spec?.template?.spec;
  if (pod === undefined) throw new Error(`the ${kind} has no pod`);
  return pod;
}
