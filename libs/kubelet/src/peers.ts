import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { errorMessage, type Logger } from '@rackwright/core';
import type { SocketNames } from './socket-names.ts';

/** What a look-out for peers needs. */
export interface PeersOptions {
  readonly folder: string;
  readonly names: SocketNames;
  readonly logger: Logger;
  /** Called when a peer was found, and with `lost` when one has ended. */
  readonly changed: (what: 'found' | 'lost') => void;
}

interface Link {
  readonly age: 'elder' | 'younger';
  open: boolean;
  close(): void;
}

/**
 * Other processes that serve the same resource, as during a rolling update. An
 * idle connection is held to each: the kernel closes it when the peer ends,
 * however it ends.
 */
export class Peers implements Disposable {
  readonly #options: PeersOptions;
  readonly #links = new Map<string, Link>();
  /** Files of which it was said that they are in the way. */
  readonly #reported = new Set<string>();

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** How many sockets of processes that started before this one are served. */
  get elders(): number {
    return this.#count('elder');
  }

  /** How many of the elders' sockets belong to processes that watch us too, and take over when we end. */
  get heirs(): number {
    const { names } = this.#options;
    return [...this.#links].filter(([file, { age, open }]) => age === 'elder' && open && names.stamped(file))
      .length;
  }

  /** How many sockets of processes that started after this one are served. */
  get younger(): number {
    return this.#count('younger');
  }

  /** Connects to peers that are new in the folder. */
  look(): void {
    const { folder, names } = this.#options;
    for (const file of filesOf(folder)) {
      const age = names.peer(file);
      // A folder of that name, made by a mount of the socket's path, refuses connections as a dead socket does.
      if (age === undefined || this.#links.has(file) || !isSocket(join(folder, file))) continue;
      this.#links.set(file, this.#reach(file, age));
    }
  }

  [Symbol.dispose](): void {
    const links = [...this.#links.values()];
    this.#links.clear();
    for (const link of links) link.close();
  }

  #count(wanted: Link['age']): number {
    return [...this.#links.values()].filter(({ age, open }) => age === wanted && open).length;
  }

  #reach(file: string, age: Link['age']): Link {
    const path = join(this.#options.folder, file);
    // A whole HTTP/2 client, for some servers hang up on a caller that says nothing.
    const session = connect('http://localhost', { createConnection: () => createConnection(path) });
    const link: Link = { age, open: false, close: () => session.destroy() };
    session.unref();
    session.on('connect', () => {
      link.open = true;
      this.#options.changed('found');
    });
    session.on('error', (error: NodeJS.ErrnoException) => {
      if (link.open || error.code === 'ENOENT') return;
      // Nobody listens any more: a plugin that was killed could not remove its file.
      if (error.code === 'ECONNREFUSED') this.#remove(path);
      else this.#report(path, error);
    });
    session.on('close', () => {
      if (this.#links.get(file) !== link) return;
      this.#links.delete(file);
      if (link.open) this.#options.changed('lost');
    });
    return link;
  }

  #remove(path: string): void {
    try {
      if (isSocket(path)) rmSync(path, { force: true });
    } catch (error) {
      this.#report(path, error);
    }
  }

  /** It is tried again at each look, and said once. */
  #report(path: string, error: unknown): void {
    if (this.#reported.has(path)) return;
    this.#reported.add(path);
    this.#options.logger.warn('cannot tell whether another plugin of the resource runs', {
      socket: path,
      error: errorMessage(error),
    });
  }
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false;
  }
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
