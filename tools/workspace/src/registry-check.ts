import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App, Family } from '@rackwright/registry';
import { parse } from 'yaml';

/** What the workspace has of apps. */
export interface WorkspaceApps {
  /** Folders below apps/ that are packages. */
  readonly apps: readonly string[];
  /** Folders below charts/ that are charts. */
  readonly charts: readonly string[];
  /** Dependencies of the umbrella chart, by name, with the value that switches each on. */
  readonly dependencies: Readonly<Record<string, string | undefined>>;
  /** Folders below e2e/src/suites with a suite.ts. */
  readonly suites: readonly string[];
  /** Folders below tools/demo/src/families with a demo.ts. */
  readonly demos: readonly string[];
  /** Folders below tools/bench/agents/src/families with a bench.ts. */
  readonly benches: readonly string[];
}

/**
 * What the registry and the folders say differently, one sentence each. Lists
 * elsewhere are made from the registry, so an app that it lacks would be built by
 * nobody, tested by nobody and allowed everything.
 */
export function registryViolations(families: readonly Family[], found: WorkspaceApps): string[] {
  const names = families.flatMap(({ apps }: { apps: readonly App[] }) => apps.map(({ name }) => name));
  const unregistered = found.apps
    .filter((app) => !names.includes(app))
    .map((app) => `apps/${app} is not registered: add it to its family in libs/registry/src/families`);
  const untested = families
    .filter(({ name }) => !found.suites.includes(name))
    .map(({ name }) => `the family ${name} has no cases: add e2e/src/suites/${name}/suite.ts`);
  const unseen = families
    .filter(({ name }) => !found.demos.includes(name))
    .map(
      ({ name }) => `the demo does not show the family ${name}: add tools/demo/src/families/${name}/demo.ts`,
    );
  const unmeasured = families
    .filter(({ apps }: Family) => apps.some(({ kind }) => kind === 'node agent'))
    .filter(({ name }) => !found.benches.includes(name))
    .map(({ name }) => {
      const file = `tools/bench/agents/src/families/${name}/bench.ts`;
      return `nobody measures the node agents of the family ${name}: add ${file}`;
    });
  return [
    ...unregistered,
    ...names.flatMap((name) => missingOf(name, found)),
    ...strangersOf(names, found),
    ...untested,
    ...unseen,
    ...unmeasured,
  ];
}

function missingOf(name: string, { apps, charts, dependencies }: WorkspaceApps): string[] {
  const violations: string[] = [];
  if (!apps.includes(name))
    violations.push(`${name} is registered, but there is no apps/${name}/package.json`);
  if (!charts.includes(name))
    violations.push(`${name} is registered, but there is no charts/${name}/Chart.yaml`);
  if (!Object.hasOwn(dependencies, name))
    violations.push(`charts/rackwright/Chart.yaml lacks the dependency ${name}`);
  else if (dependencies[name] !== `${name}.enabled`)
    violations.push(`charts/rackwright/Chart.yaml: the condition of ${name} must be ${name}.enabled`);
  return violations;
}

/** Charts that the umbrella brings and that are no app's, so that nobody builds, tests or releases them. */
function strangersOf(names: readonly string[], { dependencies }: WorkspaceApps): string[] {
  return Object.keys(dependencies)
    .filter((name) => !names.includes(name))
    .map((name) => `charts/rackwright/Chart.yaml depends on ${name}, which is no app of the registry`);
}

/** Reads it from the folders below `root`. */
export async function readWorkspaceApps(root: string): Promise<WorkspaceApps> {
  const umbrella = parse(await readFile(join(root, 'charts/rackwright/Chart.yaml'), 'utf8')) as {
    dependencies?: { name: string; condition?: string }[];
  };
  const dependencies = (umbrella.dependencies ?? []).map(({ name, condition }) => [name, condition]);
  return {
    apps: await foldersWith(join(root, 'apps'), 'package.json'),
    charts: await foldersWith(join(root, 'charts'), 'Chart.yaml'),
    dependencies: Object.fromEntries(dependencies) as WorkspaceApps['dependencies'],
    suites: await foldersWith(join(root, 'e2e/src/suites'), 'suite.ts'),
    demos: await foldersWith(join(root, 'tools/demo/src/families'), 'demo.ts'),
    benches: await foldersWith(join(root, 'tools/bench/agents/src/families'), 'bench.ts'),
  };
}

async function foldersWith(parent: string, file: string): Promise<string[]> {
  const names = await readdir(parent);
  const found = await Promise.all(
    names.map((name) =>
      readFile(join(parent, name, file)).then(
        () => [name],
        () => [],
      ),
    ),
  );
  return found.flat().sort();
}
