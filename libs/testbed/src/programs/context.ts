import type { Clock, Result } from '@rackwright/core';
import type { ProgramCache } from './cache.ts';
import type { ProgramSpec } from './catalogue.ts';
import type { DownloadLimits } from './download.ts';

/** What every source of programs works with. */
export interface SearchContext {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly cache: ProgramCache;
  readonly progress: (line: string) => void;
  readonly offline: boolean;
  readonly limits: DownloadLimits;
  /** Release servers that could not be reached, so that five programs do not wait five times. */
  readonly unreachable: Set<string>;
  /** Build folder of this search; made on first use, removed when the search is over. */
  readonly buildFolder: () => Promise<string>;
  readonly signal?: AbortSignal;
}

/** Where a program may come from. The failure says in a few words why it does not. */
export interface ProgramSource {
  readonly name: string;
  find(spec: ProgramSpec, context: SearchContext): Promise<Result<string, string>>;
}
