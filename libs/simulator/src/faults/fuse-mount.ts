import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { HwError } from '@rackwright/core';
import { makeFolderSync } from '@rackwright/host';

/** Whether this process may make FUSE mounts: it needs root and /dev/fuse. */
export function canMountFuse(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    closeSync(openSync('/dev/fuse', 'r+'));
    return true;
  } catch {
    return false;
  }
}

/** A FUSE file system of this machine; who answers for it is left to its owner, if anybody. */
export class FuseMount {
  readonly #folder: string;
  readonly #source: string;
  #device: number | undefined;

  /** @param source its name in the table of mounts */
  constructor(folder: string, source: string) {
    this.#folder = folder;
    this.#source = source;
  }

  /**
   * Mounts it; the folder is made if it is missing.
   *
   * @returns the open device by which a server answers
   * @throws HwError Forbidden if that is not allowed here
   */
  mount(): number {
    makeFolderSync(this.#folder);
    const device = openSync('/dev/fuse', 'r+');
    this.#device = device;
    const options = `fd=3,rootmode=40000,user_id=0,group_id=0,allow_other,subtype=${this.#source}`;
    const made = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, this.#source, this.#folder], {
      stdio: ['ignore', 'ignore', 'pipe', device],
      encoding: 'utf8',
    });
    if (made.status === 0) return device;
    this.disconnect();
    const why = made.stderr?.trim() ?? 'no mount program';
    throw new HwError('Forbidden', `cannot mount ${this.#folder}: ${why}`);
  }

  /** Nobody of this process answers any more: what waits fails, and so does everything after. */
  disconnect(): void {
    if (this.#device !== undefined) closeSync(this.#device);
    this.#device = undefined;
  }

  /** A mount that is gone already is fine. */
  unmount(): void {
    spawnSync('umount', ['-l', this.#folder], { stdio: 'ignore' });
  }
}
