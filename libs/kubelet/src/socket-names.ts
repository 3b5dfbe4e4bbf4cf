import { randomBytes } from 'node:crypto';
import type { Clock } from '@rackwright/core';

/**
 * Names of one process's sockets for one resource. Each registration has a name
 * of its own, because kubelets from 1.37 on tell plugins of a resource apart by
 * their sockets: a known name is refused while its first registration lives
 * (pkg/kubelet/cm/devicemanager/manager.go, PluginConnected). The name says when
 * the process started, so that old and new agree on who is the elder.
 */
export class SocketNames {
  readonly #base: string;
  readonly #stamp: string;
  readonly #pattern: RegExp;
  #count = 0;

  constructor(resource: string, clock: Clock) {
    this.#base = resource.replaceAll('/', '_');
    const started = Math.max(0, Math.floor(clock.now())).toString(36).padStart(9, '0');
    this.#stamp = `${started}${randomBytes(2).toString('hex')}`;
    const base = this.#base.replaceAll(/[.+]/g, '\\$&');
    this.#pattern = new RegExp(`^${base}(?:@([0-9a-z]+)\\.[0-9]+)?\\.sock$`);
  }

  /** The next socket's file name. */
  next(): string {
    this.#count += 1;
    return `${this.#base}@${this.#stamp}.${this.#count}.sock`;
  }

  /** A name that nobody takes for a plugin's. */
  decoy(): string {
    return `${this.#base}@${this.#stamp}.decoy`;
  }

  /** Which process serves the socket `file`; undefined for the plain name that other plugins take. */
  owner(file: string): string | undefined {
    return this.#pattern.exec(file)?.[1];
  }

  /** Who serves this resource on the socket `file`; undefined if it is ours or another resource's. */
  peer(file: string): 'elder' | 'younger' | undefined {
    const match = this.#pattern.exec(file);
    if (match === null || match[1] === this.#stamp) return undefined;
    return (match[1] ?? '') < this.#stamp ? 'elder' : 'younger';
  }
}
