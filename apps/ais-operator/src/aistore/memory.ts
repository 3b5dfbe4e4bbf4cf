import type { JsonObject } from '@rackwright/aistore';
import type { Observation } from './observed/observation.ts';

type Refused = { readonly config: JsonObject; readonly message: string };

/** What is known of clusters from one pass to the next. After a restart it is asked for anew. */
export class Memory {
  readonly #seen = new Map<string, Observation>();
  readonly #refused = new Map<string, Refused>();

  readonly #ending = new Set<string>();

  noteSeen(key: string, observation: Observation | undefined): void {
    if (observation === undefined) this.#seen.delete(key);
    else this.#seen.set(key, observation);
  }

  noteRefused(key: string, refused: Refused): void {
    this.#refused.set(key, refused);
  }

  noteNamespaceEnds(key: string): void {
    this.#ending.add(key);
  }

  namespaceEnds(key: string): boolean {
    return this.#ending.has(key);
  }

  of(key: string): Observation | undefined {
    const seen = this.#seen.get(key);
    const refused = this.#refused.get(key);
    return seen === undefined || refused === undefined ? seen : { ...seen, refused };
  }

  forget(key: string): void {
    this.#seen.delete(key);
    this.#refused.delete(key);
    this.#ending.delete(key);
  }
}
