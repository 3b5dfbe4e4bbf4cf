import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Clock, HwError } from '@rackwright/core';
import { type ProgramName, programs } from './catalogue.ts';

/** What the resolver needs from its surroundings. */
export interface ProgramResolverOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Told what is being fetched or built, one line at a time. */
  readonly progress: (line: string) => void;
  /** Never downloads; default is whether RACKWRIGHT_OFFLINE is `1`. */
  readonly offline?: boolean;
}

/** Finds the programs the test bed runs; first hit wins. */
export class ProgramResolver {
  readonly #options: ProgramResolverOptions;

  constructor(options: ProgramResolverOptions) {
    this.#options = options;
  }

  /** @throws HwError NotFound naming what was tried */
  async resolve(name: ProgramName, _signal?: AbortSignal): Promise<string> {
    const { env } = this.#options;
    const cache = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
    const candidates = [
      ...(env.KUBEBUILDER_ASSETS ? [join(env.KUBEBUILDER_ASSETS, name)] : []),
      join(cache, 'rackwright', 'programs', name, programs[name].version, name),
    ];
    for (const path of candidates) {
      if (
        await access(path, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return path;
    }
    throw new HwError('NotFound', `${name} was not found at ${candidates.join(' or ')}`);
  }

  /** Resolves several programs. */
  async resolveAll<const N extends ProgramName>(names: readonly N[]): Promise<Record<N, string>> {
    const entries: [N, string][] = [];
    for (const name of names) entries.push([name, await this.resolve(name)]);
    return Object.fromEntries(entries) as Record<N, string>;
  }
}
