import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HwError } from '@rackwright/core';
import type { ProcessRunner } from '@rackwright/host';
import { temporaryFolder } from '@rackwright/testbed/without-nodes';
import { hexOf, sha256 } from './digest.ts';
import { runTool } from './engine/run-tool.ts';
import { table } from './scan/report.ts';
import type { Workspace } from './workspace.ts';

/** What building twice needs. */
export interface ReproduceOptions {
  readonly workspace: Workspace;
  readonly runner: ProcessRunner;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** How one of the two builds differs from the other in what must not matter. */
interface Round {
  /** The commit that is built, for what is checked out may change in between. */
  readonly commit: string;
  readonly folder: string;
  readonly umask: number;
  readonly timeZone: string;
  /** Build tool asked for; empty for the first that is there. */
  readonly tool: string;
}

/** Digests of everything built, by file name. */
export type Digests = ReadonlyMap<string, string>;

const images = 'dist/images';
const buildDeadlineMs = 1_200_000;

/**
 * Builds the current commit twice, each in a clone of its own with nothing
 * cached, in folders of different length, with another umask and time zone, and
 * with another tool if two are named. With `RACKWRIGHT_BUILT=1` what is in `dist`
 * was built from this commit, and is the first of the two. Returns the digests of both.
 */
export async function buildTwice(
  tools: readonly string[],
  options: ReproduceOptions,
): Promise<[Digests, Digests]> {
  const head = await runTool(options.runner, ['git', '-C', options.workspace.root, 'rev-parse', 'HEAD'], {
    signal: options.signal,
  });
  const commit = head.trim();
  const first = { commit, folder: 'a', umask: 0o022, timeZone: 'UTC', tool: tools[0] ?? '' };
  const second = {
    commit,
    folder: 'a-folder-with-a-longer-name',
    umask: 0o077,
    timeZone: 'Pacific/Kiritimati',
    tool: tools[1] ?? tools[0] ?? '',
  };
  const built = options.env.RACKWRIGHT_BUILT === '1' && first.tool === second.tool;
  const one = await (built ? digestsOf(join(options.workspace.root, images)) : buildOnce(first, options));
  const two = await buildOnce(second, options);
  return first.tool === second.tool ? [one, two] : [withoutProvenance(one), withoutProvenance(two)];
}

/** Provenance names the tool, and that is meant to differ here. */
function withoutProvenance(digests: Digests): Digests {
  return new Map([...digests].filter(([name]) => !name.endsWith('.provenance.json')));
}

async function buildOnce(round: Round, options: ReproduceOptions): Promise<Digests> {
  const { workspace, runner, signal, progress } = options;
  await using temporary = await temporaryFolder('rwtwice-');
  const clone = join(temporary.path, round.folder);
  const before = process.umask(round.umask);
  try {
    progress(`building in ${clone}, umask ${round.umask.toString(8).padStart(3, '0')}, ${round.timeZone}`);
    await runTool(runner, ['git', 'clone', '--quiet', workspace.root, clone], { signal });
    await runTool(runner, ['git', '-C', clone, 'checkout', '--quiet', '--detach', round.commit], { signal });
    for (const folder of await moduleFolders(workspace.root))
      await copyModules(join(workspace.root, folder), join(clone, dirname(folder)), options);
    await runTool(
      runner,
      [
        process.execPath,
        join(clone, 'node_modules/.bin/nx'),
        'run-many',
        '-t',
        'container',
        '--skip-nx-cache',
      ],
      { cwd: clone, env: roundEnv(round, options.env), signal, deadlineMs: buildDeadlineMs },
    );
  } finally {
    process.umask(before);
  }
  return digestsOf(join(clone, images));
}

/** Where npm has installed packages: at the root, and in each project that has another version of one than the others. */
async function moduleFolders(root: string): Promise<string[]> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, unknown>>;
  };
  return foldersOf(Object.keys(lock.packages));
}

/** The outermost `node_modules` of paths in a lock file. */
export function foldersOf(paths: readonly string[]): string[] {
  const folders = paths.map((path) => /^(?:.+?\/)??node_modules(?=\/)/.exec(path)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))];
}

/** Hard links where they can be had; nothing writes into node_modules. */
async function copyModules(from: string, to: string, { runner, signal }: ReproduceOptions): Promise<void> {
  const linked = await runner.run(['cp', '-al', from, to], { signal, deadlineMs: buildDeadlineMs });
  if (linked.code === 0) return;
  await runTool(runner, ['cp', '-a', from, to], { signal });
}

/** Nx tells its tasks which workspace they are in; the clone is another. */
function roundEnv({ timeZone, tool }: Round, env: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('NX_'),
  );
  return {
    ...Object.fromEntries(kept),
    ...{ NX_DAEMON: 'false', NX_TUI: 'false', TZ: timeZone },
    ...(tool === '' ? {} : { RACKWRIGHT_BUILD_TOOL: tool }),
  };
}

async function digestsOf(folder: string): Promise<Digests> {
  const names = (await readdir(folder)).sort();
  if (names.length === 0) throw new HwError('Internal', `${folder} is empty after a build`);
  const digests = await Promise.all(
    names.map(async (name) => hexOf(sha256(await readFile(join(folder, name))))),
  );
  return new Map(names.map((name, i) => [name, digests[i] ?? '']));
}

/** Files that are not in both builds with the same digest. */
export function differences(first: Digests, second: Digests): string[] {
  const names = new Set([...first.keys(), ...second.keys()]);
  return [...names].filter((name) => first.get(name) !== second.get(name)).sort();
}

/** Both digests of every file, as Markdown. */
export function reproduceReport(first: Digests, second: Digests): string {
  const different = new Set(differences(first, second));
  const names = [...new Set([...first.keys(), ...second.keys()])].sort();
  const short = (digest: string | undefined): string =>
    digest === undefined ? 'missing' : `\`${digest.slice(0, 16)}\``;
  const rows = names.map((name) => [
    name,
    short(first.get(name)),
    short(second.get(name)),
    different.has(name) ? '**different**' : 'equal',
  ]);
  return table(['file', 'first build, sha256', 'second build', ''], rows);
}
