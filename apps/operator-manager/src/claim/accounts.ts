import { type Clock, errorMessage, type Logger } from '@rackwright/core';
import { type KubeClient, resources } from '@rackwright/kube';
import type { AccountState } from './active-state.ts';
import { formatClaim, type Installation } from './installation.ts';

/**
 * How long an account must have been missing, in milliseconds. An API server
 * goes on accepting a token for some ten seconds after its account was deleted,
 * and until then the operator that has it may still write.
 */
export const goneAfterMs = 15_000;
/** Between two looks at an account that was there, in milliseconds. */
const lookMs = 5000;

export interface AccountsOptions {
  readonly client: Pick<KubeClient, 'list'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Looks whether other installations still exist. One is gone when its
 * ServiceAccount is: no replicas, a crash loop or an upgrade do not end it.
 */
export class Accounts {
  readonly #options: AccountsOptions;
  readonly #states = new Map<string, AccountState>();
  /** When an account was first found missing, monotonic. */
  readonly #missingSince = new Map<string, number>();
  /** When it was last looked for, monotonic. */
  readonly #lookedAt = new Map<string, number>();

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /** What the last look found. */
  readonly stateOf = (installation: Installation): AccountState =>
    this.#states.get(formatClaim(installation)) ?? 'unknown';

  /** In how many milliseconds it is time for the next look; 0 before the first. */
  dueInMs(installation: Installation): number {
    const key = formatClaim(installation);
    const missingSince = this.#missingSince.get(key);
    const at = this.#lookedAt.get(key);
    if (at === undefined) return 0;
    const due = missingSince === undefined ? at + lookMs : Math.max(at, missingSince) + goneAfterMs;
    return Math.max(0, due - this.#options.clock.monotonic());
  }

  /** Looks anew. An account that was found missing only now, or cannot be asked for, is unknown. */
  async look(installation: Installation, signal: AbortSignal): Promise<AccountState> {
    this.#lookedAt.set(formatClaim(installation), this.#options.clock.monotonic());
    const state = await this.#find(installation, signal);
    this.#states.set(formatClaim(installation), state);
    return state;
  }

  async #find(installation: Installation, signal: AbortSignal): Promise<AccountState> {
    const key = formatClaim(installation);
    try {
      if (await this.#exists(installation, signal)) {
        this.#missingSince.delete(key);
        return 'there';
      }
    } catch (error) {
      signal.throwIfAborted();
      this.#options.logger.warn('cannot tell whether an installation is gone', {
        installation: key,
        error: errorMessage(error),
      });
      return 'unknown';
    }
    const now = this.#options.clock.monotonic();
    const since = this.#missingSince.get(key) ?? now;
    this.#missingSince.set(key, since);
    return now - since >= goneAfterMs ? 'gone' : 'unknown';
  }

  /** A list of one, for which the operator needs no right beyond that of its cache. */
  async #exists({ namespace, name, uid }: Installation, signal: AbortSignal): Promise<boolean> {
    const options = { namespace, fieldSelector: `metadata.name=${name}`, signal };
    const { items } = await this.#options.client.list(resources.serviceAccounts, options);
    return items.some(({ metadata }) => uid === '' || metadata?.uid === uid);
  }
}
