import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HwError } from '@rackwright/core';
import { removeFileDurable, writeFileDurable } from '@rackwright/host';
import type { Volume } from '../volumes/model.ts';
import { isVolumeId } from '../volumes/volume-id.ts';
import { changeFolder } from './folder-change.ts';
import { formatRecord, parseRecord } from './state-record.ts';

const ending = '.json';
/** Most of a state file that is read; they have some hundred bytes. */
const maxBytes = 64 * 1024;

/** Files that were being written, by the older driver and by this one. */
const interrupted = /\.json\.tmp$|^\.(.+\.json|pending-namespace-.+)\..+\.tmp$/;

/** What was found in the folder. */
export interface FoundState {
  readonly volumes: readonly Volume[];
  /** Files that cannot be read, by the id in their name, with the reason. They stay as they are. */
  readonly unreadable: ReadonlyMap<string, unknown>;
}

/** The folder with one file for each volume of this node, `<id>.json`. */
export class StateFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes the folder if only its last part is missing, and takes away what
   * interrupted writes left.
   *
   * @throws HwError FailedPrecondition if there is no place for it
   */
  static async open(path: string): Promise<StateFolder> {
    await mkdir(path, { mode: 0o750 }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EEXIST') throw noPlace(path, cause);
    });
    if (!(await stat(path)).isDirectory()) throw noPlace(path, undefined);
    for (const name of await readdir(path)) {
      // One that cannot be removed is in nobody's way: it is never read.
      if (interrupted.test(name)) await rm(join(path, name), { force: true }).catch(() => undefined);
    }
    return new StateFolder(path);
  }

  /**
   * A folder that is there, to be read beside the driver it belongs to; nothing in it is changed.
   *
   * @throws HwError FailedPrecondition if it is not there
   */
  static async existing(path: string): Promise<StateFolder> {
    const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
      throw noPlace(path, cause);
    });
    if (!found.isDirectory()) throw noPlace(path, undefined);
    return new StateFolder(path);
  }

  /** Every volume, in the order of the ids. */
  async read(): Promise<FoundState> {
    const volumes: Volume[] = [];
    const unreadable = new Map<string, unknown>();
    for (const name of (await readdir(this.path)).sort()) {
      const id = name.slice(0, -ending.length);
      if (!name.endsWith(ending) || !isVolumeId(id)) continue;
      try {
        volumes.push(parseRecord(id, await this.#text(name)));
      } catch (error) {
        unreadable.set(id, error);
      }
    }
    return { volumes, unreadable };
  }

  /** Whether there is a file of a volume, be it one that cannot be read. */
  async has(id: string): Promise<boolean> {
    const found = await stat(join(this.path, id + ending)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    return found !== undefined;
  }

  async #text(name: string): Promise<string> {
    const path = join(this.path, name);
    const found = await stat(path);
    if (!found.isFile() || found.size > maxBytes) throw new HwError('Internal', `${name} is no state file`);
    return readFile(path, 'utf8');
  }

  /** Keeps a volume; once this returns a power loss does not lose it. @throws HwError as `changeFolder` */
  async write(volume: Volume): Promise<void> {
    const path = join(this.path, volume.id + ending);
    await changeFolder(this.path, () => writeFileDurable(path, formatRecord(volume), { mode: 0o600 }));
  }

  /** @throws HwError as `changeFolder` */
  async remove(id: string): Promise<void> {
    await changeFolder(this.path, () => removeFileDurable(join(this.path, id + ending)));
  }
}

function noPlace(path: string, cause: NodeJS.ErrnoException | undefined): HwError {
  return new HwError('FailedPrecondition', `the state folder ${path} cannot be used`, {
    field: '-statePath',
    remedy: `it must be a folder, or ${dirname(path)} one in which it can be made`,
    cause,
  });
}
