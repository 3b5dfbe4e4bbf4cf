import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Clock, errorMessage, HwError, isHwError, Lifetime, Mutex } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';
import { lockFile } from '../process/lock-file.ts';
import { ownFolder, removeOrphans } from '../process/owner.ts';
import { buildSource } from './build-source.ts';
import { cacheFolder, ProgramCache } from './cache.ts';
import { type Catalogue, catalogue, type ProgramName, type ProgramSpec } from './catalogue.ts';
import type { ProgramSource, SearchContext } from './context.ts';
import { type DownloadLimits, defaultDownloadLimits } from './download.ts';
import { downloadSource } from './download-source.ts';
import { assetsSource, cacheSource, pathSource } from './local-sources.ts';

/** What the resolver needs from its surroundings. */
export interface ProgramResolverOptions {
  /**
   * Read: KUBEBUILDER_ASSETS, XDG_CACHE_HOME, HOME, PATH, RACKWRIGHT_OFFLINE,
   * the proxy variables, and what Go reads.
   */
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Told what is being fetched or built, one line at a time. */
  readonly progress: (line: string) => void;
  /** Never downloads; default is whether RACKWRIGHT_OFFLINE is `1`. */
  readonly offline?: boolean;
  /** Default: the pinned programs. */
  readonly catalogue?: Catalogue;
  readonly downloadLimits?: DownloadLimits;
}

const localSources: readonly ProgramSource[] = [assetsSource, cacheSource, pathSource];
/** Tried by one process at a time; the cache again, because the one before may have filled it. */
const lockedSources: readonly ProgramSource[] = [cacheSource, downloadSource, buildSource];
const buildPrefix = 'build-';

/**
 * Finds the programs the test environment runs. First hit wins: KUBEBUILDER_ASSETS, the
 * user's cache, PATH if the version fits, the official release, a build from
 * the pinned Go modules. What was fetched or built stays in the cache.
 */
export class ProgramResolver {
  readonly #options: ProgramResolverOptions;
  readonly #cache: ProgramCache;
  readonly #found = new Map<ProgramName, string>();
  readonly #unreachable = new Set<string>();
  readonly #turn = new Mutex();

  constructor(options: ProgramResolverOptions) {
    this.#options = options;
    this.#cache = new ProgramCache(cacheFolder(options.env), options.clock);
  }

  /**
   * The path of program `name`.
   *
   * @throws HwError NotFound naming everything that was tried and the remedy; Cancelled
   */
  async resolve(name: ProgramName, signal?: AbortSignal): Promise<string> {
    return (await this.resolveAll([name], signal))[name];
  }

  /** The paths of several programs; what has to be built shares one build cache, which is much faster. */
  resolveAll<const N extends ProgramName>(
    names: readonly N[],
    signal?: AbortSignal,
  ): Promise<Record<N, string>> {
    return this.#turn.run(async () => {
      await using lifetime = new Lifetime();
      const context = this.#context(lifetime, signal);
      const entries: [N, string][] = [];
      for (const name of names) entries.push([name, await this.#resolveOne(name, context)]);
      return Object.fromEntries(entries) as Record<N, string>;
    });
  }

  async #resolveOne(name: ProgramName, context: SearchContext): Promise<string> {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const spec = (this.#options.catalogue ?? catalogue)[name];
    const path = await find(spec, context).catch((error: unknown) => {
      const { signal } = context;
      if (signal?.aborted !== true) throw error;
      throw new HwError('Cancelled', `the search for ${name} was cancelled`, { cause: signal.reason });
    });
    this.#found.set(name, path);
    return path;
  }

  #context(lifetime: Lifetime, signal: AbortSignal | undefined): SearchContext {
    const { env, clock, progress, offline, downloadLimits } = this.#options;
    let folder: Promise<string> | undefined;
    return {
      env,
      clock,
      progress,
      cache: this.#cache,
      offline: offline ?? env.RACKWRIGHT_OFFLINE === '1',
      limits: downloadLimits ?? defaultDownloadLimits,
      unreachable: this.#unreachable,
      buildFolder: () => {
        folder ??= makeBuildFolder(this.#cache.folder, lifetime);
        return folder;
      },
      ...(signal === undefined ? {} : { signal }),
    };
  }
}

async function makeBuildFolder(parent: string, lifetime: Lifetime): Promise<string> {
  await removeOrphans(parent, buildPrefix);
  const folder = join(parent, `${buildPrefix}${randomUUID()}`);
  await makeFolder(folder);
  lifetime.defer(() => rm(folder, { recursive: true, force: true }));
  await ownFolder(folder);
  return folder;
}

async function find(spec: ProgramSpec, context: SearchContext): Promise<string> {
  const misses: string[] = [];
  for (const source of localSources) {
    const result = await source.find(spec, context);
    if (result.ok) return result.value;
    misses.push(`${source.name}: ${result.error}`);
  }
  try {
    return await make(spec, context, misses);
  } catch (error) {
    context.signal?.throwIfAborted();
    if (isHwError(error, 'NotFound', 'Cancelled')) throw error;
    misses.push(`cache folder: ${errorMessage(error)}`);
    throw notFound(spec, misses);
  }
}

async function make(spec: ProgramSpec, context: SearchContext, misses: string[]): Promise<string> {
  const locks = join(context.cache.folder, 'locks');
  await makeFolder(locks);
  await using _held = await lockFile(join(locks, basename(spec.source.folder)), {
    clock: context.clock,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    onWait: (holder) =>
      context.progress(`waiting for process ${holder?.pid ?? '?'}, which makes ${spec.name} or a sibling`),
  });
  for (const source of lockedSources) {
    const result = await source.find(spec, context);
    if (result.ok) return result.value;
    if (source !== cacheSource) misses.push(`${source.name}: ${result.error}`);
  }
  throw notFound(spec, misses);
}

function notFound(spec: ProgramSpec, misses: readonly string[]): HwError {
  const tried = misses.map((miss) => `\n  - ${miss}`).join('');
  return new HwError('NotFound', `${spec.name} ${spec.version} cannot be had. Tried:${tried}\n`, {
    remedy:
      'allow the download, or install Go 1.26 or newer, or put the program on PATH, ' +
      'or point KUBEBUILDER_ASSETS at a folder that holds it',
  });
}
