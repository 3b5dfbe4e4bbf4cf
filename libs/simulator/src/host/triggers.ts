import { type FSWatcher, readFileSync, truncateSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isHwError } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';

/** A file of sysfs that makes the kernel do something when it is written to. */
export interface Trigger {
  /** Absolute host path. */
  readonly path: string;
  /** Does what the kernel does for this text; aborted when nobody watches any more. */
  act(text: string, signal: AbortSignal): Promise<void>;
}

/** The trigger files of one kind of hardware. */
export interface TriggerSource {
  /** Folder in which a file changes whenever there may be other triggers. */
  readonly changesIn: string;
  triggers(): readonly Trigger[];
}

/**
 * Acts on what is written to the trigger files of a host, until it is disposed.
 * They are ordinary files here: a write returns before the kernel has done its
 * work, and never fails. What was written is taken out at once, so that the next
 * write is seen even if it is the same; who reads in between sees it.
 */
export class TriggerWatch implements Disposable {
  readonly #root: HostRoot;
  readonly #sources: readonly TriggerSource[];
  readonly #onError: (error: unknown) => void;
  readonly #stop = new AbortController();
  readonly #watched = new Map<string, FSWatcher>();
  #looksSoon = false;

  constructor(root: HostRoot, sources: readonly TriggerSource[], onError: (error: unknown) => void) {
    this.#root = root;
    this.#sources = sources;
    this.#onError = onError;
    this.#look();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    for (const folder of [...this.#watched.keys()]) this.#forget(folder);
  }

  /** Many files change at once when hardware comes or goes: one look is for all of them. */
  #lookSoon(): void {
    if (this.#looksSoon) return;
    this.#looksSoon = true;
    setImmediate(() => {
      this.#looksSoon = false;
      if (!this.#stop.signal.aborted) this.#look();
    });
  }

  #look(): void {
    try {
      const triggers = this.#sources.flatMap((source) => source.triggers());
      const folders = new Set(triggers.map(({ path }) => dirname(path)));
      for (const { changesIn } of this.#sources) folders.add(changesIn);
      for (const folder of this.#watched.keys()) if (!folders.has(folder)) this.#forget(folder);
      for (const folder of folders) this.#watch(folder);
      for (const trigger of triggers) this.#take(trigger);
    } catch (error) {
      this.#onError(error);
    }
  }

  #watch(folder: string): void {
    if (this.#watched.has(folder)) return;
    try {
      const watcher = watch(this.#root.path(folder), { persistent: false }, (_, name) => {
        // The folder itself has moved or gone: what is at its path now is another one.
        if (name === basename(folder)) this.#forget(folder);
        this.#lookSoon();
      });
      watcher.on('error', this.#onError);
      this.#watched.set(folder, watcher);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  #forget(folder: string): void {
    this.#watched.get(folder)?.close();
    this.#watched.delete(folder);
  }

  #take(trigger: Trigger): void {
    const text = takeText(this.#root.path(trigger.path));
    if (text === '') return;
    const { signal } = this.#stop;
    trigger.act(text, signal).catch((error: unknown) => {
      // What was written to may be gone meanwhile.
      if (!signal.aborted && !isHwError(error, 'NotFound')) this.#onError(error);
    });
  }
}

/** What was written to a file, which is empty afterwards; the file stays the same. */
function takeText(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    if (text !== '') truncateSync(path);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Whether the kernel takes the text for a number other than 0, as most triggers want it. */
export function isOn(text: string): boolean {
  const number = /^[+]?(0x[\da-f]+|\d+)\n?$/i.exec(text)?.[1];
  return number !== undefined && Number(number) !== 0;
}
