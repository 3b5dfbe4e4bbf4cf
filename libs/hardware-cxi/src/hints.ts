import { type FSWatcher, watch } from 'node:fs';
import { type HostReader, ifReadable } from '@rackwright/host';

/**
 * Listens for changes in two folders where the kernel reports them (it does
 * for /dev, it does not for entries of sysfs). Only a hint: whoever uses it
 * still looks from time to time.
 */
export class FolderHints implements Disposable {
  readonly #files: HostReader;
  readonly #onHint: () => void;
  readonly #watchers = new Map<string, FSWatcher>();

  constructor(files: HostReader, onHint: () => void) {
    this.#files = files;
    this.#onHint = onHint;
  }

  /** Starts listening on the folders that are there and not yet listened on. */
  arm(): void {
    const { root } = this.#files;
    for (const folder of [root.dev(), root.sys('class', 'cxi')]) {
      if (!this.#watchers.has(folder)) this.#watch(folder);
    }
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watch(folder: string): void {
    const real = ifReadable(undefined, () => this.#files.resolve(folder));
    if (real === undefined) return;
    try {
      const watcher = watch(this.#files.root.path(real), { persistent: false }, this.#onHint);
      watcher.on('error', () => this.#drop(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // No inotify left or not a folder: the probe alone sees changes then.
    }
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}
