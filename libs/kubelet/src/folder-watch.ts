import { type FSWatcher, statSync, watch } from 'node:fs';
import { type Clock, Latest, type Runnable } from '@rackwright/core';

/** What a folder watch needs. */
export interface FolderWatchOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** How often readers are told to look even if no event came, in milliseconds. Default 1000. */
  readonly pollMs?: number;
}

/**
 * Says when to look at a folder again: at each of inotify's events, and at a
 * slow interval for the changes inotify does not report (a folder that was replaced or
 * that is not there yet, a file system without events).
 */
export class FolderWatch implements Runnable {
  readonly name = 'folder-watch';
  /** Grows by one whenever something may have changed. */
  readonly looks = new Latest(0);
  readonly #options: FolderWatchOptions;
  #watcher: FSWatcher | undefined;
  #watched: string | undefined;
  #announced = false;

  constructor(options: FolderWatchOptions) {
    this.#options = options;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, pollMs = 1000 } = this.#options;
    try {
      while (!signal.aborted) {
        this.#arm();
        this.#look();
        await clock.sleep(pollMs, signal).catch(() => undefined);
      }
    } finally {
      this.#disarm();
    }
  }

  /** Watches the folder that is there now. */
  #arm(): void {
    const { folder } = this.#options;
    const identity = folderIdentity(folder);
    if (identity === this.#watched) return;
    this.#disarm();
    if (identity === undefined) return;
    try {
      this.#watcher = watch(folder, { persistent: false }, () => this.#announce());
      this.#watcher.on('error', () => this.#disarm());
      this.#watched = identity;
    } catch {
      // Out of inotify watches, or the folder went away again: the interval remains.
    }
  }

  #disarm(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = undefined;
  }

  /** Several events of one turn are one look. */
  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    setImmediate(() => {
      this.#announced = false;
      this.#look();
    });
  }

  #look(): void {
    this.looks.set(this.looks.value + 1);
  }
}

/** With the birth time, because the change time moves with each of the folder's files. */
function folderIdentity(folder: string): string | undefined {
  try {
    const stat = statSync(folder, { bigint: true, throwIfNoEntry: false });
    return stat?.isDirectory() ? `${stat.dev}:${stat.ino}:${stat.birthtimeNs}` : undefined;
  } catch {
    return undefined;
  }
}
