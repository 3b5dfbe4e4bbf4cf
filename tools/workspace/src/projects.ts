import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The workspace's root folder. */
export const workspaceRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Where a project stands: a floor number, the test libraries above all floors, an app, or a tool. */
export type Level = number | 'test' | 'app' | 'tool';

/** One npm workspace package. */
export interface Project {
  /** Package name, such as `@rackwright/core`. */
  readonly name: string;
  /** Folder below the root, such as `libs/core`. */
  readonly folder: string;
  readonly level: Level;
  /** Declared dependencies inside the workspace. */
  readonly dependencies: readonly string[];
  readonly external: readonly string[];
  readonly version: string;
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags?: readonly string[] };
}

/** Reads every project of the workspace from its package.json. */
export async function readProjects(root: string = workspaceRoot): Promise<Project[]> {
  const folders: string[] = ['e2e'];
  for (const parent of ['apps', 'libs', 'tools', 'tools/bench']) {
    const names = await readdir(join(root, parent)).catch(() => [] as string[]);
    folders.push(...names.map((name) => `${parent}/${name}`));
  }
  const projects = await Promise.all(folders.sort().map((folder) => readProject(root, folder)));
  return projects.filter((project) => project !== undefined);
}

async function readProject(root: string, folder: string): Promise<Project | undefined> {
  const text = await readFile(join(root, folder, 'package.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const json = JSON.parse(text) as PackageJson;
  const names = Object.keys(json.dependencies ?? {});
  return {
    name: json.name,
    folder,
    version: json.version,
    level: levelOf(folder, json.nx?.tags ?? []),
    dependencies: names.filter((name) => name.startsWith('@rackwright/')),
    external: names.filter((name) => !name.startsWith('@rackwright/')),
  };
}

function levelOf(folder: string, tags: readonly string[]): Level {
  if (folder.startsWith('apps/')) return 'app';
  if (!folder.startsWith('libs/')) return 'tool';
  const floor = tags.find((tag) => tag.startsWith('floor:'))?.slice('floor:'.length);
  if (floor === 'test') return 'test';
  const number = Number(floor);
  if (!Number.isInteger(number))
    throw new Error(`${folder}/package.json: nx.tags needs "floor:<number>" or "floor:test"`);
  return number;
}
