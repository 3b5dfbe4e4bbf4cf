import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostReader } from './host-reader.ts';
import { fromTop, type HostRoot } from './host-root.ts';
import { ifPresent } from './unreadable.ts';

/** Bounds on what is read from a host, so that odd content cannot hurt the reader. */
export interface HostFilesLimits {
  /** Longest file content returned, in bytes; the rest is cut. Default 64 KiB. */
  readonly maxBytes?: number;
  /** Most names a listing returns. Default 4096. */
  readonly maxEntries?: number;
}

/** Linux stops following at 40 symlinks (include/linux/namei.h MAXSYMLINKS). */
const MAX_LINKS = 40;

/** Components walked for one path, links included; the deepest path of a real sysfs has about 30. */
const MAX_STEPS = 256;

/**
 * Longest single read, in bytes: the kernel refuses one of several MiB of a file
 * below /proc/sys with ENOMEM (proc_sys_call_handler, fs/proc/proc_sysctl.c).
 */
const MAX_READ = 64 * 1024;

/** Where a path ends. */
interface Found {
  readonly path: string;
  readonly stat: Stats | undefined;
}

/**
 * Reads small files (sysfs, procfs) below a host root and never outside it:
 * symlinks, absolute ones too, are resolved as if the root were `/`. All
 * methods take host paths, are synchronous, never block on a FIFO or device and
 * throw only an `UnreadableError`: what is missing is undefined, what cannot be
 * read is not known to be missing.
 */
export class HostFiles implements HostReader {
  readonly root: HostRoot;
  readonly #maxEntries: number;
  readonly #buffer: Buffer;
  #folders: Map<string, string | undefined> | undefined;

  constructor(root: HostRoot, limits: HostFilesLimits = {}) {
    this.root = root;
    this.#maxEntries = limits.maxEntries ?? 4096;
    this.#buffer = Buffer.allocUnsafeSlow(limits.maxBytes ?? 64 * 1024);
  }

  /** The text of a regular file, or undefined if it is missing or not a regular file. */
  readText(hostPath: string): string | undefined {
    const found = this.#walk(hostPath);
    // Asked before opening: merely opening a device node can have an effect.
    if (found === undefined || found.stat?.isFile() !== true) return undefined;
    return ifPresent(hostPath, () => this.#readFile(this.root.path(found.path)));
  }

  #readFile(path: string): string | undefined {
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW | constants.O_NOCTTY;
    const fd = openSync(path, flags);
    try {
      if (!fstatSync(fd).isFile()) return undefined;
      let length = 0;
      for (let read = -1; read !== 0 && length < this.#buffer.length; length += read) {
        const size = Math.min(MAX_READ, this.#buffer.length - length);
        read = readSync(fd, this.#buffer, length, size, null);
      }
      return this.#buffer.toString('utf8', 0, length);
    } finally {
      closeSync(fd);
    }
  }

  /** The text without surrounding white space and NULs, or undefined if missing or empty. */
  readTrimmed(hostPath: string): string | undefined {
    const text = this.readText(hostPath)?.replace(/^[\s\0]+|[\s\0]+$/g, '');
    return text === '' ? undefined : text;
  }

  /** A whole number, decimal or 0x-hex, within the safe integers; undefined for anything else. */
  readInteger(hostPath: string): number | undefined {
    const text = this.readTrimmed(hostPath);
    if (text === undefined || !/^(-?\d{1,16}|0[xX][0-9a-fA-F]{1,13})$/.test(text)) return undefined;
    const value = Number(text);
    return Number.isSafeInteger(value) ? value : undefined;
  }

  /** The names in a folder, unordered; empty if it is missing or not a folder. */
  list(hostPath: string): string[] {
    const real = this.resolve(hostPath);
    if (real === undefined) return [];
    const names: string[] = [];
    ifPresent(hostPath, () => {
      // Not readdir: that reads a folder of a million entries to its end.
      using folder = opendirSync(this.root.path(real));
      while (names.length < this.#maxEntries) {
        const entry = folder.readSync();
        if (entry === null) break;
        names.push(entry.name);
      }
    });
    // What was read before the folder went away is still true.
    return names;
  }

  /** What a symlink says, or undefined if the last component is not a symlink. */
  readLink(hostPath: string): string | undefined {
    const parent = this.resolve(dirname(join('/', hostPath)));
    if (parent === undefined) return undefined;
    return this.#readlink(join(parent, hostPath.slice(hostPath.lastIndexOf('/') + 1)));
  }

  /** Metadata of what the path leads to, or undefined if it leads nowhere. */
  stat(hostPath: string): Stats | undefined {
    const found = this.#walk(hostPath);
    return found === undefined ? undefined : (found.stat ?? this.#lstat(found.path));
  }

  exists(hostPath: string): boolean {
    return this.stat(hostPath) !== undefined;
  }

  /**
   * The host path with every symlink followed inside the root, or undefined if
   * a component is missing or links go round.
   */
  resolve(hostPath: string): string | undefined {
    return this.#walk(hostPath)?.path;
  }

  batch<T>(look: () => T): T {
    if (this.#folders !== undefined) return look();
    this.#folders = new Map();
    try {
      return look();
    } finally {
      this.#folders = undefined;
    }
  }

  /** Follows a path; `stat` is of its end unless the end was reached by `..`. */
  #walk(hostPath: string): Found | undefined {
    const found = this.#inKnownFolder(hostPath);
    return found === 'unsure' ? this.#walkAll(hostPath) : found;
  }

  /** Looks in a folder that was walked to before in the same batch. */
  #inKnownFolder(hostPath: string): Found | undefined | 'unsure' {
    const cut = hostPath.lastIndexOf('/');
    const name = hostPath.slice(cut + 1);
    if (this.#folders === undefined || cut < 1 || /^\.{0,2}$/.test(name) || name.includes('\0'))
      return 'unsure';
    const named = hostPath.slice(0, cut);
    const folder = this.#folders.get(named) ?? this.#walk(named)?.path;
    if (folder === undefined) return undefined;
    this.#folders.set(named, folder);
    const path = folder === '/' ? `/${name}` : `${folder}/${name}`;
    const stat = this.#lstat(path);
    if (stat?.isSymbolicLink()) return 'unsure';
    return stat === undefined ? undefined : { path, stat };
  }

  #walkAll(hostPath: string): Found | undefined {
    if (hostPath.includes('\0')) return undefined;
    const todo = fromTop(hostPath).split('/').filter(Boolean).reverse();
    let path = '/';
    let stat: Stats | undefined;
    let links = 0;
    let steps = 0;
    for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
      if (++steps > MAX_STEPS) return undefined;
      if (part === '.') continue;
      if (part === '..') {
        path = dirname(path);
        stat = undefined;
        continue;
      }
      const next = path === '/' ? `/${part}` : `${path}/${part}`;
      const nextStat = this.#lstat(next);
      if (nextStat === undefined) return undefined;
      if (!nextStat.isSymbolicLink()) {
        path = next;
        stat = nextStat;
        continue;
      }
      const target = ++links > MAX_LINKS ? undefined : this.#readlink(next);
      if (target === undefined) return undefined;
      if (target.startsWith('/')) path = '/';
      stat = undefined;
      todo.push(...target.split('/').filter(Boolean).reverse());
    }
    return { path, stat };
  }

  #lstat(hostPath: string): Stats | undefined {
    return ifPresent(hostPath, () => lstatSync(this.root.path(hostPath), { throwIfNoEntry: false }));
  }

  #readlink(hostPath: string): string | undefined {
    return ifPresent(hostPath, () => readlinkSync(this.root.path(hostPath)));
  }
}
