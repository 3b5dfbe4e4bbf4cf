import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import type { HostReader } from './host-reader.ts';
import { ifPresent } from './unreadable.ts';

/**
 * The small files of one folder, read over and over. In sysfs reading a file
 * again from its start gives its present value, so each is opened once: a
 * tenth of the work of finding it anew. What is not there is told apart from
 * what cannot be read, which is an `UnreadableError`.
 */
export interface HostFolder extends Disposable {
  /**
   * Call it before each round of reads: looks whether the folder is still the
   * one it was and forgets what was opened in another. Returns whether there
   * is a folder.
   */
  refresh(): boolean;
  /** The names in the folder, unordered; looked up anew when the folder changes. */
  names(): readonly string[];
  /**
   * Reads the file `name` from its start into `buffer`; returns the number of
   * bytes, or -1 if there is no regular file of that name.
   */
  read(name: string, buffer: Buffer): number;
  /** The text of a file, cut at 4096 bytes; undefined if missing. */
  readText(name: string): string | undefined;
  /** The text of a file, cut at 4096 bytes, without surrounding white space; undefined if missing or empty. */
  readTrimmed(name: string): string | undefined;
}

/** How many files may be held open by all folders that share it. */
export interface OpenFileBudget {
  free: number;
}

/** An attribute of sysfs has at most one page. */
const buffer = Buffer.allocUnsafeSlow(4096);

/** A folder below a host root. Files that are symlinks are not read. */
export class OpenFolder implements HostFolder {
  readonly #files: HostReader;
  readonly #hostPath: string;
  readonly #budget: OpenFileBudget;
  readonly #open = new Map<string, number>();
  #path: string | undefined;
  #identity = '';
  #names: readonly string[] | undefined;

  /** @param hostPath best without links: one on the way is followed anew only when the folder is gone */
  constructor(files: HostReader, hostPath: string, budget: OpenFileBudget) {
    this.#files = files;
    this.#hostPath = hostPath;
    this.#budget = budget;
  }

  refresh(): boolean {
    if (this.#path !== undefined && this.#identify(this.#path) === this.#identity) return true;
    this[Symbol.dispose]();
    const real = this.#files.resolve(this.#hostPath);
    if (real === undefined) return false;
    const path = this.#files.root.path(real);
    this.#identity = this.#identify(path);
    if (this.#identity === '') return false;
    this.#path = path;
    return true;
  }

  names(): readonly string[] {
    if (this.#path === undefined) return [];
    this.#names ??= this.#files.list(this.#hostPath);
    return this.#names;
  }

  read(name: string, into: Buffer): number {
    return ifPresent(`${this.#hostPath}/${name}`, () => this.#read(name, into)) ?? -1;
  }

  #read(name: string, into: Buffer): number | undefined {
    const known = this.#open.get(name);
    const fd = known ?? this.#openFile(name);
    if (fd === undefined) return undefined;
    try {
      const length = readSync(fd, into, 0, into.length, 0);
      if (known === undefined) this.#keep(name, fd);
      return length;
    } catch (error) {
      // The device behind the file is gone (ENODEV) or refuses now.
      if (known !== undefined) this.#forget(name);
      closeSync(fd);
      throw error;
    }
  }

  readText(name: string): string | undefined {
    const length = this.read(name, buffer);
    return length < 0 ? undefined : buffer.toString('utf8', 0, length);
  }

  readTrimmed(name: string): string | undefined {
    const text = this.readText(name)?.replace(/^[\s\0]+|[\s\0]+$/g, '');
    return text === '' ? undefined : text;
  }

  /** Closes what is open. The folder may be used again after `refresh`. */
  [Symbol.dispose](): void {
    for (const [name, fd] of this.#open) {
      this.#forget(name);
      closeSync(fd);
    }
    this.#path = undefined;
    this.#names = undefined;
  }

  #openFile(name: string): number | undefined {
    if (this.#path === undefined || name.includes('/') || name.includes('\0')) return undefined;
    const path = `${this.#path}/${name}`;
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
    return undefined;
  }

  #keep(name: string, fd: number): void {
    if (this.#budget.free <= 0) {
      closeSync(fd);
      return;
    }
    this.#budget.free -= 1;
    this.#open.set(name, fd);
  }

  #forget(name: string): void {
    this.#open.delete(name);
    this.#budget.free += 1;
  }
  /**
   * Which folder this is and which names it holds: a folder that was made anew,
   * or in which a file was replaced, gives another text. Empty for no folder.
   */
  #identify(path: string): string {
    const stat = ifPresent(this.#hostPath, () => lstatSync(path, { throwIfNoEntry: false }));
    return stat?.isDirectory() ? `${stat.dev}:${stat.ino}:${stat.mtimeMs}` : '';
  }
}
