import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from '@rackwright/registry';
import { parse } from 'yaml';

/** What the workspace has of apps. */
export interface WorkspaceApps {
  /** Folders below apps/ that are packages. */
  readonly apps: readonly string[];
  /** Folders below charts/ that are charts. */
  readonly charts: readonly string[];
  /** Dependencies of the umbrella chart, by name, with the value that switches each on. */
  readonly dependencies: Readonly<Record<string, string | undefined>>;
}

/**
 * What the registry and the folders say differently, one sentence each. Lists
 * elsewhere are made from the registry, so an app that it lacks would be built by
 * nobody, tested by nobody and allowed everything.
 */
export function registryOffences(registered: readonly App[], found: WorkspaceApps): string[] {
  const names = registered.map(({ name }) => name);
  const unregistered = found.apps
    .filter((app) => !names.includes(app))
    .map((app) => `apps/${app} is not registered: add it to its family in libs/registry/src/families`);
  return [...unregistered, ...names.flatMap((name) => missingOf(name, found))];
}

function missingOf(name: string, { apps, charts, dependencies }: WorkspaceApps): string[] {
  const offences: string[] = [];
  if (!apps.includes(name)) offences.push(`${name} is registered, but there is no apps/${name}/package.json`);
  if (!charts.includes(name))
    offences.push(`${name} is registered, but there is no charts/${name}/Chart.yaml`);
  if (!Object.hasOwn(dependencies, name))
    offences.push(`charts/rackwright/Chart.yaml lacks the dependency ${name}`);
  else if (dependencies[name] !== `${name}.enabled`)
    offences.push(`charts/rackwright/Chart.yaml: the condition of ${name} must be ${name}.enabled`);
  return offences;
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
