import { HwError } from '@rackwright/core';
import { readTar } from '../tar/read-tar.ts';

/** The files of an archive by their path. */
export class ArchiveFiles {
  readonly #files: ReadonlyMap<string, Buffer>;
  readonly #what: string;

  /** @param what how messages call the archive */
  constructor(archive: Buffer, what: string) {
    this.#what = what;
    this.#files = new Map(readTar(archive).map(({ path, data }) => [path, data]));
  }

  /** @throws HwError InvalidArgument when there is no such file */
  read(path: string): Buffer {
    const data = this.#files.get(path);
    if (data !== undefined) return data;
    throw new HwError('InvalidArgument', `${this.#what} has no ${path}: it is not a complete image archive`);
  }
}
