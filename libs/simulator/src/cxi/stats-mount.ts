import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { HwError } from '@rackwright/core';
import { makeFolderSync } from '@rackwright/host';
import type { Fault } from '../faults/fault.ts';
import type { SimulatedHost } from '../simulated-host.ts';

/**
 * The statistics of a NIC's handler are a FUSE mount whose server no longer
 * answers: whoever touches a file there waits until the fault is reverted.
 * Needs root and /dev/fuse, see `canMountStats`.
 */
export function statsHang(host: SimulatedHost, options: { readonly nic: string }): Fault {
  const mount = new FuseMount(host.root.path(host.root.run('cxi', options.nic)));
  return {
    name: 'stats-hang',
    description: `reading the retry handler statistics of ${options.nic} hangs`,
    apply: async () => mount.mount(),
    revert: async () => {
      mount.disconnect();
      mount.unmount();
    },
  };
}

/**
 * The FUSE mount a killed handler leaves behind: every access fails with
 * ENOTCONN. Needs root and /dev/fuse.
 */
export function staleStatsMount(host: SimulatedHost, options: { readonly nic: string }): Fault {
  const mount = new FuseMount(host.root.path(host.root.run('cxi', options.nic)));
  return {
    name: 'stale-stats-mount',
    description: `a dead handler of ${options.nic} left its statistics mount behind`,
    apply: async () => {
      mount.mount();
      mount.disconnect();
    },
    revert: async () => mount.unmount(),
  };
}

/** Whether this process may make FUSE mounts at all. */
export function canMountStats(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    closeSync(openSync('/dev/fuse', 'r+'));
    return true;
  } catch {
    return false;
  }
}

/** A FUSE file system with nobody behind it. */
class FuseMount {
  readonly #folder: string;
  #device: number | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  mount(): void {
    makeFolderSync(this.#folder);
    this.#device = openSync('/dev/fuse', 'r+');
    const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other,subtype=rh_stats';
    const made = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'rh_stats', this.#folder], {
      stdio: ['ignore', 'ignore', 'pipe', this.#device],
      encoding: 'utf8',
    });
    if (made.status === 0) return;
    this.disconnect();
    throw new HwError(
      'Forbidden',
      `cannot mount ${this.#folder}: ${made.stderr?.trim() ?? 'no mount program'}`,
    );
  }

  /** The server dies: what waits fails, and so does everything after. */
  disconnect(): void {
    if (this.#device !== undefined) closeSync(this.#device);
    this.#device = undefined;
  }

  /** A mount that is gone already is fine. */
  unmount(): void {
    spawnSync('umount', ['-l', this.#folder], { stdio: 'ignore' });
  }
}
