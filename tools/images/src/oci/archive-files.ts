import { HwError } from '@rackwright/core';
import { readTar } from '@rackwright/testbed/without-nodes';

/** The files of an archive by their path. */
export class ArchiveFiles {
  readonly #files: ReadonlyMap<string, Buffer>;
  readonly #what: string;

  private constructor(files: ReadonlyMap<string, Buffer>, what: string) {
    this.#files = files;
    this.#what = what;
  }

  /** @param what how messages call the archive */
  static async open(archive: Buffer, what: string): Promise<ArchiveFiles> {
    const entries = await readTar(archive);
    return new ArchiveFiles(new Map(entries.map(({ path, data }) => [path, data])), what);
  }

  /** @throws HwError InvalidArgument when there is no such file */
  read(path: string): Buffer {
    const data = this.#files.get(path);
    if (data !== undefined) return data;
    throw new HwError('InvalidArgument', `${this.#what} has no ${path}: it is not a complete image archive`);
  }
}
