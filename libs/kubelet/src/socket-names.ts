import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@rackwright/core';
import { socketRoom } from '@rackwright/grpc';

/** Hexadecimal digits of a digest, enough that two resources of a node never have the same. */
const DIGEST_LENGTH = 12;

/** The largest number in a name; then they start again at 1, which has long been free. */
const MAX_NUMBER = 99_999;

/** Bytes after the resource in the longest name, `@<process>.<number>.sock`. */
const TAIL_LENGTH = '@'.length + 9 + 4 + `.${MAX_NUMBER}.sock`.length;

/** A folder must leave this many bytes for a socket's name, whatever the resource is called. */
export const SHORTEST_SOCKET_NAME = DIGEST_LENGTH + TAIL_LENGTH;

/** Parts of a name: the resource, and the process if the name has one. */
const SOCKET_NAME = /^(.+?)(?:@([0-9a-z]+)\.[0-9]+)?\.sock$/;

/**
 * Names of one process's sockets for one resource. Each registration has a name
 * of its own, because kubelets from 1.37 on tell plugins of a resource apart by
 * their sockets: a known name is refused while its first registration lives
 * (pkg/kubelet/cm/devicemanager/manager.go, PluginConnected). The name says when
 * the process started, so that old and new agree on which one is the predecessor.
 *
 * A name begins with the resource, as earlier versions had it, or, where that
 * leaves no room for the rest, with the first letters of it and a digest.
 */
export class SocketNames {
  readonly #plain: string;
  readonly #digest: string;
  readonly #folder: string;
  readonly #stamp: string;
  #count = 0;

  /** @param folder where the sockets are made */
  constructor(resource: string, clock: Clock, folder: string) {
    this.#folder = folder;
    this.#plain = resource.replaceAll('/', '_');
    this.#digest = createHash('sha256').update(resource).digest('hex').slice(0, DIGEST_LENGTH);
    const started = Math.max(0, Math.floor(clock.now())).toString(36).padStart(9, '0');
    this.#stamp = `${started}${randomBytes(2).toString('hex')}`;
  }

  /** The next socket's file name. */
  next(): string {
    this.#count = (this.#count % MAX_NUMBER) + 1;
    return `${this.#base()}@${this.#stamp}.${this.#count}.sock`;
  }

  /** A name for an aborted registration, which no instance takes for a plugin's socket. */
  aborted(): string {
    return `${this.#base()}@${this.#stamp}.aborted`;
  }

  /** Which process serves the socket `file`; undefined for the plain name that other plugins take. */
  owner(file: string): string | undefined {
    return this.#read(file)?.owner;
  }

  /** Who serves this resource on the socket `file`; undefined if it is ours or another resource's. */
  roleOf(file: string): 'predecessor' | 'successor' | undefined {
    const read = this.#read(file);
    if (read === undefined || read.owner === this.#stamp) return undefined;
    return (read.owner ?? '') < this.#stamp ? 'predecessor' : 'successor';
  }

  /** The beginning of each name. */
  #base(): string {
    const length = socketRoom(this.#folder) - TAIL_LENGTH;
    if (this.#plain.length <= length) return this.#plain;
    const letters = this.#plain.slice(0, Math.max(0, length - DIGEST_LENGTH - '-'.length));
    return letters === '' ? this.#digest : `${letters}-${this.#digest}`;
  }

  /** Another process may know the folder by a longer or shorter path, so every form of the resource is accepted. */
  #read(file: string): { readonly owner: string | undefined } | undefined {
    const [, base, owner] = SOCKET_NAME.exec(file) ?? [];
    const ours = base === this.#plain || base === this.#digest || base?.endsWith(`-${this.#digest}`);
    return ours ? { owner } : undefined;
  }
}
