import type { JsonObject } from '@rackwright/aistore';
import type { Observation } from './observed/observation.ts';
import { nothingRelated, type Related } from './observed/related.ts';

type Refused = { readonly config: JsonObject; readonly message: string };

/** What is known of clusters from one pass to the next. After a restart it is asked for anew. */
export class Memory {
  readonly #seen = new Map<string, Observation>();
  readonly #refused = new Map<string, Refused>();

  readonly #ending = new Set<string>();
  readonly #cleared = new Set<string>();
  readonly #goodLooks = new Map<string, number>();
  readonly #configDiffers = new Map<string, boolean>();
  readonly #related = new Map<string, Related>();

  noteSeen(key: string, observation: Observation | undefined): void {
    if (observation === undefined) this.#seen.delete(key);
    else this.#seen.set(key, observation);
    if (observation !== undefined && observation.problem === undefined)
      this.#goodLooks.set(key, observation.at);
  }

  noteRelated(key: string, related: Related): void {
    this.#related.set(key, related);
  }

  related(key: string): Related {
    return this.#related.get(key) ?? nothingRelated;
  }

  /** When the cluster last said all that was asked, in milliseconds since the epoch. */
  lastGoodLook(key: string): number | undefined {
    return this.#goodLooks.get(key);
  }

  /** Whether the configuration of the cluster is not what it shall be; undefined while nobody knows. */
  noteConfigDiffers(key: string, differs: boolean | undefined): void {
    if (differs === undefined) this.#configDiffers.delete(key);
    else this.#configDiffers.set(key, differs);
  }

  configDiffers(key: string): boolean | undefined {
    return this.#configDiffers.get(key);
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

  /** Whether what only the older operator made has been looked for in this life of the process. */
  isCleared(key: string): boolean {
    return this.#cleared.has(key);
  }

  noteCleared(key: string): void {
    this.#cleared.add(key);
  }

  forget(key: string): void {
    this.#seen.delete(key);
    this.#refused.delete(key);
    this.#ending.delete(key);
    this.#cleared.delete(key);
    this.#goodLooks.delete(key);
    this.#configDiffers.delete(key);
    this.#related.delete(key);
  }
}
