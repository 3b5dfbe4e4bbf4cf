/** Where a client takes its bearer tokens from. */
export interface TokenSource {
  /** A token that is good for a while. Asked before each request. */
  token(): Promise<string>;
  /** A token in place of one that the cluster did not accept; the same if there is no other. */
  renew(refused: string): Promise<string>;
}

/** A token that never changes. */
export function fixedToken(value: string): TokenSource {
  return { token: () => Promise.resolve(value), renew: () => Promise.resolve(value) };
}
