import { join } from 'node:path';

/** What the folder of a fake volume holds. */
export class FakeVolume {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Its size in bytes, as text. */
  get size(): string {
    return join(this.folder, 'size');
  }

  /** What a container sees as the file system. */
  get data(): string {
    return join(this.folder, 'data');
  }

  /** A link to the same, for those who may only read: that it was published so can be seen by the name. */
  get readOnlyData(): string {
    return join(this.folder, 'data-read-only');
  }

  /** What a container sees as the device. */
  get block(): string {
    return join(this.folder, 'block');
  }

  /** The kind of file system it was formatted with. */
  get fileSystem(): string {
    return join(this.folder, 'file-system');
  }

  /** Where it is published, a path on each line. */
  get targets(): string {
    return join(this.folder, 'targets');
  }
}
