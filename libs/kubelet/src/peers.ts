import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { errorMessage, type Logger } from '@rackwright/core';
import type { SocketNames } from './socket-names.ts';
import { socketPath } from './socket-path.ts';

/** What a look-out for peers needs. */
export interface PeersOptions {
  readonly folder: string;
  readonly names: SocketNames;
  readonly logger: Logger;
  /** Called when a socket of a peer was found, and with `lost` when a peer has ended. */
  readonly changed: (what: 'found' | 'lost') => void;
}

interface Link {
  readonly age: 'elder' | 'younger';
  /** The process at the other end, as its socket's name tells it apart. */
  readonly owner: string;
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
  /** Processes that were found and have not ended. */
  readonly #found = new Set<string>();
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
    return [...this.#links].filter(
      ([file, { age, open }]) => age === 'elder' && open && names.owner(file) !== undefined,
    ).length;
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
      this.#reach(file, age);
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

  #reach(file: string, age: Link['age']): void {
    let path = file;
    try {
      path = socketPath(this.#options.folder, file);
    } catch (error) {
      this.#report(path, error);
      return;
    }
    const socket = createConnection(path);
    // A whole HTTP/2 client, for some servers hang up on a caller that says nothing.
    const session = connect('http://localhost', { createConnection: () => socket });
    const owner = this.#options.names.owner(file) ?? file;
    const link: Link = { age, owner, open: false, close: () => session.destroy() };
    this.#links.set(file, link);
    session.unref();
    // The session calls itself connected also over a socket that could not be.
    socket.on('connect', () => {
      link.open = true;
      this.#found.add(owner);
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
      // One that was never open has nothing to look for: what refuses once would for ever.
      if (link.open) this.look();
      this.#lose(owner);
    });
  }

  /** One that registers anew serves on another socket before it closes the last, and has not ended. */
  #lose(owner: string): void {
    if ([...this.#links.values()].some((link) => link.owner === owner)) return;
    if (this.#found.delete(owner)) this.#options.changed('lost');
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
