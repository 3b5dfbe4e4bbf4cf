import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFileDurable, writeFileDurable } from '@rackwright/host';

/**
 * The namespace that is being made in each region, by its uuid: written down
 * before, so that after a crash what is in one that was not finished is known to
 * be nobody's.
 */
export class PendingNamespaces {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async uuidIn(region: string): Promise<string> {
    return readFile(this.#path(region), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return '';
    });
  }

  async begin(region: string, uuid: string): Promise<void> {
    await writeFileDurable(this.#path(region), uuid, { mode: 0o600 });
  }

  async done(region: string): Promise<void> {
    await removeFileDurable(this.#path(region));
  }

  #path(region: string): string {
    return join(this.#folder, `pending-namespace-${region}`);
  }
}
