import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@rackwright/core';
import { HostRoot, SystemProcessRunner } from '@rackwright/host';
import { HostTools } from '../host-tools.ts';

/** Whether loop devices can be made here: root with the right to. */
export const canUseLoops = process.getuid?.() === 0;

/** The real tools of this machine. */
export function localTools(): HostTools {
  return new HostTools({
    runner: new SystemProcessRunner(systemClock),
    root: new HostRoot('/'),
    entry: 'tree',
  });
}

/** A sparse file behind a loop device; both are gone with it. */
export class LoopDisk implements AsyncDisposable {
  readonly device: string;
  readonly file: string;
  readonly #tools: HostTools;
  readonly #folder: string;

  private constructor(tools: HostTools, folder: string, file: string, device: string) {
    this.#tools = tools;
    this.#folder = folder;
    this.file = file;
    this.device = device;
  }

  static async make(tools: HostTools, bytes: number): Promise<LoopDisk> {
    const folder = mkdtempSync(join(tmpdir(), 'rwk-loop-'));
    const file = join(folder, 'disk');
    const handle = openSync(file, 'w');
    ftruncateSync(handle, bytes);
    closeSync(handle);
    const device = (await tools.expect(['losetup', '--find', '--show', file])).trim();
    return new LoopDisk(tools, folder, file, device);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tools.expect(['losetup', '--detach', this.device]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * An LVM that keeps its records on the disks alone and asks the kernel for
 * nothing: machines without device-mapper can make and tag volumes with it.
 */
export class LvmWithoutKernel implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rwk-lvm-'));
  /** For `LvmOptions.config`. */
  readonly config: string;

  /** @param devices the only ones it may see */
  constructor(devices: readonly string[]) {
    const accepted = devices.map((device) => `"a|^${device}$|"`).join(', ');
    this.config =
      'global { activation=0 use_lvmpolld=0 } ' +
      `backup { backup=0 archive=0 } ` +
      `devices { use_devicesfile=0 obtain_device_list_from_udev=0 filter=[ ${accepted}, "r|.*|" ] }`;
    writeFileSync(join(this.#folder, 'lvm.conf'), '');
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
