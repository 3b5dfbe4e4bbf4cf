import { dirname } from 'node:path';
import type { HostFileStat, HostReader } from './host-reader.ts';
import type { HostRoot } from './host-root.ts';
import { type OpenFileBudget, OpenFolder } from './open-folder.ts';

/**
 * A `HostReader` for whoever reads the same small sysfs files again and again
 * in batches: files stay open from one batch to the next, which takes a third
 * of the time. Files that are links are not read, content is cut at 4096 bytes
 * (the most sysfs gives), and outside a batch nothing is kept.
 */
export class CachedFiles implements HostReader, Disposable {
  readonly #files: HostReader;
  readonly #budget: OpenFileBudget;
  readonly #folders = new Map<string, OpenFolder>();
  /** Folders read in the present batch by the path asked for; undefined for those that are not there. */
  #touched: Map<string, OpenFolder | undefined> | undefined;

  /** @param budget how many files may stay open; may be shared */
  constructor(files: HostReader, budget: OpenFileBudget) {
    this.#files = files;
    this.#budget = budget;
  }

  get root(): HostRoot {
    return this.#files.root;
  }

  readText(hostPath: string): string | undefined {
    if (this.#touched === undefined) return this.#files.readText(hostPath);
    return this.#folder(dirname(hostPath), this.#touched)?.readText(nameOf(hostPath));
  }

  readTrimmed(hostPath: string): string | undefined {
    if (this.#touched === undefined) return this.#files.readTrimmed(hostPath);
    return this.#folder(dirname(hostPath), this.#touched)?.readTrimmed(nameOf(hostPath));
  }

  readInteger(hostPath: string): number | undefined {
    return this.#files.readInteger(hostPath);
  }

  list(hostPath: string): string[] {
    return this.#files.list(hostPath);
  }

  readLink(hostPath: string): string | undefined {
    return this.#files.readLink(hostPath);
  }

  stat(hostPath: string): HostFileStat | undefined {
    return this.#files.stat(hostPath);
  }

  exists(hostPath: string): boolean {
    return this.#files.exists(hostPath);
  }

  resolve(hostPath: string): string | undefined {
    return this.#files.resolve(hostPath);
  }

  batch<T>(look: () => T): T {
    if (this.#touched !== undefined) return look();
    const touched = new Map<string, OpenFolder | undefined>();
    this.#touched = touched;
    try {
      return this.#files.batch(look);
    } finally {
      this.#touched = undefined;
      const used = new Set(touched.values());
      for (const [path, folder] of this.#folders) if (!used.has(folder)) this.#drop(path);
    }
  }

  [Symbol.dispose](): void {
    for (const path of this.#folders.keys()) this.#drop(path);
  }

  #folder(path: string, touched: Map<string, OpenFolder | undefined>): OpenFolder | undefined {
    if (touched.has(path)) return touched.get(path);
    const real = this.#files.resolve(path);
    const folder = real === undefined ? undefined : this.#at(real);
    touched.set(path, folder);
    return folder;
  }

  #at(real: string): OpenFolder | undefined {
    const folder = this.#folders.get(real) ?? new OpenFolder(this.#files, real, this.#budget);
    this.#folders.set(real, folder);
    return folder.refresh() ? folder : undefined;
  }

  #drop(path: string): void {
    this.#folders.get(path)?.[Symbol.dispose]();
    this.#folders.delete(path);
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
