import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { errorMessage, type Logger } from '@rackwright/core';
import { socketPath } from '@rackwright/grpc';
import type { SocketNames } from './socket-names.ts';

/** What finding other instances needs. */
export interface OtherInstancesOptions {
  readonly folder: string;
  readonly names: SocketNames;
  readonly logger: Logger;
  /** Called when a socket of another instance was found, and with `ended` when such an instance has ended. */
  readonly changed: (what: 'found' | 'ended') => void;
}

interface Link {
  readonly role: 'predecessor' | 'successor';
  /** The process at the other end, from its socket's name. */
  readonly owner: string;
  open: boolean;
  close(): void;
}

/**
 * Other processes that serve the same resource, as during a rolling update. An
 * idle connection is held to each: the kernel closes it when that process
 * ends, however it ends.
 */
export class OtherInstances implements Disposable {
  readonly #options: OtherInstancesOptions;
  readonly #links = new Map<string, Link>();
  /** Processes that were found and have not ended. */
  readonly #found = new Set<string>();
  /** Files that were logged as unreadable. */
  readonly #reported = new Set<string>();

  constructor(options: OtherInstancesOptions) {
    this.#options = options;
  }

  /** How many sockets of processes that started before this one are served. */
  get predecessors(): number {
    return this.#count('predecessor');
  }

  /** How many of the predecessors' sockets belong to processes that watch us too, and take over when we end. */
  get watchingPredecessors(): number {
    const { names } = this.#options;
    return [...this.#links].filter(
      ([file, { role, open }]) => role === 'predecessor' && open && names.owner(file) !== undefined,
    ).length;
  }

  /** How many sockets of processes that started after this one are served. */
  get successors(): number {
    return this.#count('successor');
  }

  /** Connects to instances that are new in the folder. */
  look(): void {
    const { folder, names } = this.#options;
    for (const file of filesOf(folder)) {
      const role = names.roleOf(file);
      // Mounting the socket's path can make a folder of that name, which refuses connections as a dead socket does.
      if (role === undefined || this.#links.has(file) || !isSocket(join(folder, file))) continue;
      this.#reach(file, role);
    }
  }

  [Symbol.dispose](): void {
    const links = [...this.#links.values()];
    this.#links.clear();
    for (const link of links) link.close();
  }

  #count(wanted: Link['role']): number {
    return [...this.#links.values()].filter(({ role, open }) => role === wanted && open).length;
  }

  #reach(file: string, role: Link['role']): void {
    let path = file;
    try {
      path = socketPath(this.#options.folder, file);
    } catch (error) {
      this.#report(path, error);
      return;
    }
    const socket = createConnection(path);
    // A complete HTTP/2 client, for some servers close a connection without a preface.
    const session = connect('http://localhost', { createConnection: () => socket });
    const owner = this.#options.names.owner(file) ?? file;
    const link: Link = { role, owner, open: false, close: () => session.destroy() };
    this.#links.set(file, link);
    session.unref();
    // The session reports a connection even where the socket could not connect.
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
      // A socket that was never open is not looked for again: one that refuses would be tried without end.
      if (link.open) this.look();
      this.#lose(owner);
    });
  }

  /** An instance that registers again serves on a new socket before it closes the old one: it has not ended. */
  #lose(owner: string): void {
    if ([...this.#links.values()].some((link) => link.owner === owner)) return;
    if (this.#found.delete(owner)) this.#options.changed('ended');
  }

  #remove(path: string): void {
    try {
      if (isSocket(path)) rmSync(path, { force: true });
    } catch (error) {
      this.#report(path, error);
    }
  }

  /** Logged once; the file is tried again at each look. */
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
