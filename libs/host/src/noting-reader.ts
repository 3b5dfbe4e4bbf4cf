import type { HostReader } from './host-reader.ts';
import { ifReadable, type ReadFailure } from './unreadable.ts';

/** Failures that are noted of one look; a bus of which nothing can be read has thousands. */
const maxFailures = 256;

/**
 * Reads a host for a snapshot. What cannot be read is left out and noted, so
 * that one bad file costs no other fact, and whoever uses the snapshot knows
 * that it is not whole.
 */
export class NotingReader {
  readonly files: HostReader;
  readonly #failures: ReadFailure[] = [];

  constructor(files: HostReader) {
    this.files = files;
  }

  /** What could not be read so far. */
  get failures(): readonly ReadFailure[] {
    return this.#failures;
  }

  /** What `read` returns; `otherwise`, and a note, if the host cannot be read. */
  try<T>(otherwise: T, read: (files: HostReader) => T): T {
    return ifReadable(
      otherwise,
      () => read(this.files),
      (failure) => {
        if (this.#failures.length < maxFailures) this.#failures.push(failure);
      },
    );
  }

  /** The names in a folder that `isOne` takes, in the order of `compare`, at most `max`. */
  names(
    folder: string,
    isOne: (name: string) => boolean,
    compare: (a: string, b: string) => number,
    max: number,
  ): string[] {
    return this.try<string[]>([], (files) => files.list(folder))
      .filter(isOne)
      .sort(compare)
      .slice(0, max);
  }

  /** The trimmed texts of the named files of a folder; files that are missing or empty are left out. */
  texts(folder: string, names: readonly string[]): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const name of names) {
      const text = this.try(undefined, (files) => files.readTrimmed(`${folder}/${name}`));
      if (text !== undefined) texts[name] = text;
    }
    return texts;
  }
}
