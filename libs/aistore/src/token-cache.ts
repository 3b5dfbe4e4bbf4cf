import type { Clock } from '@rackwright/core';
import type { TokenSource } from './token-source.ts';

/** A token as it was issued. */
export interface IssuedToken {
  readonly value: string;
  /** Milliseconds since the Unix epoch; undefined if it does not say. */
  readonly expiresAt: number | undefined;
}

/** Gets a token from whoever issues them. */
export type Login = () => Promise<IssuedToken>;

/** Tokens are replaced when less than this is left of their time, or half of it if that is less. */
const refreshBeforeMs = 5 * 60_000;

/** The token in use, and when to get the next one. */
interface KeptToken extends IssuedToken {
  readonly refreshAt: number;
}

/**
 * Keeps the token that a login has brought until it is about to expire or is
 * refused. Callers that come together share one login. While the old token is
 * still good, a login that fails is not yet an error.
 */
export class TokenCache implements TokenSource {
  readonly #clock: Clock;
  readonly #login: Login;
  #kept: KeptToken | undefined;
  #flight: Promise<string> | undefined;

  constructor(login: Login, clock: Clock) {
    this.#login = login;
    this.#clock = clock;
  }

  async token(): Promise<string> {
    const kept = this.#kept;
    const now = this.#clock.now();
    if (kept === undefined) return await this.#refresh();
    if (now < kept.refreshAt) return kept.value;
    try {
      return await this.#refresh();
    } catch (error) {
      if (kept.expiresAt === undefined || this.#clock.now() >= kept.expiresAt) throw error;
      return kept.value;
    }
  }

  async renew(refused: string): Promise<string> {
    // Somebody else may have noticed first.
    if (this.#kept !== undefined && this.#kept.value !== refused) return this.#kept.value;
    return await this.#refresh();
  }

  #refresh(): Promise<string> {
    this.#flight ??= this.#loggedIn().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #loggedIn(): Promise<string> {
    const { value, expiresAt } = await this.#login();
    const lifeMs = (expiresAt ?? Number.POSITIVE_INFINITY) - this.#clock.now();
    const refreshAt = this.#clock.now() + lifeMs - Math.min(refreshBeforeMs, lifeMs / 2);
    this.#kept = { value, expiresAt, refreshAt };
    return value;
  }
}
