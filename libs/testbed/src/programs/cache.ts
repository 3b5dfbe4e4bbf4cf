import { randomUUID } from 'node:crypto';
import { access, chmod, open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Clock, fail, ok, type Result } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';
import { ownFolder, removeOrphans } from '../process/owner.ts';
import type { ProgramSpec } from './catalogue.ts';
import { askVersion, formatVersion, parseVersion, same } from './version.ts';

const draftPrefix = '.draft-';

/** The project's folder in the user's cache. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'rackwright');
}

/** Programs by name and version; what is in there was seen to run before it got its name. */
export class ProgramCache {
  readonly folder: string;
  readonly #clock: Clock;

  /** @param folder see `cacheFolder` */
  constructor(folder: string, clock: Clock) {
    this.folder = folder;
    this.#clock = clock;
  }

  path(spec: ProgramSpec): string {
    return join(this.#home(spec), spec.name);
  }

  /** The cached program if it is there and still works; a broken one counts as absent. */
  async find(spec: ProgramSpec, signal?: AbortSignal): Promise<Result<string, string>> {
    const path = this.path(spec);
    const present = await access(path).then(
      () => true,
      () => false,
    );
    return present ? this.#check(path, spec, signal) : fail(`nothing at ${path}`);
  }

  /**
   * Lets `produce` write the program to a temporary path, and gives it its
   * name in the cache once it has shown the right version. Nothing is left
   * behind when anything fails.
   */
  async publish(
    spec: ProgramSpec,
    produce: (temporary: string) => Promise<Result<undefined, string>>,
    signal?: AbortSignal,
  ): Promise<Result<string, string>> {
    const home = this.#home(spec);
    await removeOrphans(home, draftPrefix);
    const draft = join(home, `${draftPrefix}${randomUUID()}`);
    await makeFolder(draft);
    try {
      await ownFolder(draft);
      const temporary = join(draft, spec.name);
      const produced = await produce(temporary);
      if (!produced.ok) return produced;
      await chmod(temporary, 0o755);
      await syncFile(temporary);
      const checked = await this.#check(temporary, spec, signal);
      if (!checked.ok) return checked;
      await rename(temporary, this.path(spec));
      return ok(this.path(spec));
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  async #check(path: string, spec: ProgramSpec, signal?: AbortSignal): Promise<Result<string, string>> {
    const found = await askVersion(path, spec.versionArgs, this.#clock, signal);
    if (!found.ok) return found;
    const wanted = parseVersion(spec.version);
    if (wanted !== undefined && same(found.value, wanted)) return ok(path);
    return fail(`${path} is version ${formatVersion(found.value)}, not ${spec.version}`);
  }

  #home(spec: ProgramSpec): string {
    return join(this.folder, 'programs', spec.name, spec.version);
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
