import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readProjects } from './projects.ts';

/** What a pipeline can call. */
export interface Callable {
  /** Scripts of the root package.json. */
  readonly scripts: ReadonlySet<string>;
  /** Nx targets, each with the projects that have it, by their names for Nx. */
  readonly targets: ReadonlyMap<string, ReadonlySet<string>>;
}

interface PackageJson {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly nx?: { readonly name?: string };
}

/** Reads what there is to call in the workspace. */
export async function readCallable(root: string): Promise<Callable> {
  const read = async (folder: string): Promise<PackageJson> =>
    JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as PackageJson;
  const targets = new Map<string, Set<string>>();
  for (const { folder } of await readProjects(root)) {
    const { name, scripts = {}, nx } = await read(folder);
    for (const target of Object.keys(scripts)) {
      const projects = targets.get(target) ?? new Set();
      targets.set(target, projects.add(nx?.name ?? name));
    }
  }
  return { scripts: new Set(Object.keys((await read('.')).scripts ?? {})), targets };
}

/** Calls of npm scripts and Nx targets in shell lines that lead nowhere. */
export function callOffences(script: readonly string[], { scripts, targets }: Callable): string[] {
  const text = script.join('\n');
  const words = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, word = '']) => word);
  const npm = words(/\bnpm run (?:-s )?([\w:-]+)/g).filter((name) => !scripts.has(name));
  const many = [
    ...words(/\bnx (?:run-many|affected) -t ([\w,:-]+)/g).flatMap((list) => list.split(',')),
    ...words(/\.ci\/affected ((?:[\w-]+ ?)+)/g).flatMap((list) => list.trim().split(' ')),
  ].filter((target) => !targets.has(target));
  const single = words(/\bnx run ([\w@/.-]+:[\w:-]+)/g).filter((call) => {
    const [project = '', target = ''] = call.split(':');
    return targets.get(target)?.has(project) !== true;
  });
  return [
    ...npm.map((name) => `npm run ${name}: package.json has no such script`),
    ...many.map((target) => `nx target ${target}: no project has it`),
    ...single.map((call) => `nx run ${call}: no project has it`),
    // Such a text is put into the shell's program before it runs: a branch's name could be a command.
    ...(/\$\{\{/.test(text) ? ['puts an expression into a shell line; hand it over in env'] : []),
  ];
}

/** The steps of a GitHub job or composite action. */
export function stepsOf(job: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>[] {
  return Array.isArray(job.steps) ? (job.steps as Readonly<Record<string, unknown>>[]) : [];
}
