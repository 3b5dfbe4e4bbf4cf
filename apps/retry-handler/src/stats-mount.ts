import { readFile, realpath, rmdir } from 'node:fs/promises';
import { errorMessage, HwError, type Logger } from '@rackwright/core';
import { retryHandlerStatsFolder } from '@rackwright/hardware-cxi';
import { HostRoot, type Mount, makeFolder, type ProcessRunner, parseMountinfo } from '@rackwright/host';

/** FUSE mounts on exactly `folder`, the topmost last. */
export function fuseMountsOn(mounts: readonly Mount[], folder: string): readonly Mount[] {
  return mounts.filter((mount) => mount.mountPoint === folder && /^fuse(\.|$)/.test(mount.fsType));
}

/** The folder /run/cxi/cxiN of each NIC, where cxi_rh mounts its statistics. */
export class StatsMounts {
  readonly #root: HostRoot;
  readonly #runner: ProcessRunner;
  readonly #logger: Logger;
  readonly #mountinfo: () => Promise<string>;

  /** @param mountinfo this process's mounts; replaceable in tests */
  constructor(root: HostRoot, runner: ProcessRunner, logger: Logger, mountinfo = ownMountinfo) {
    this.#root = root;
    this.#runner = runner;
    this.#logger = logger;
    this.#mountinfo = mountinfo;
  }

  /**
   * Makes the folder fit for a new handler: what a dead one left mounted is
   * taken away without waiting for it, then the folder is created. Only for a
   * NIC no handler is registered with. The folder itself is not touched before:
   * a dead mount fails, a hung one never answers.
   *
   * @throws HwError FailedPrecondition if the mount cannot be removed
   */
  async prepare(device: string): Promise<void> {
    await this.clear(device);
    await makeFolder(this.#root.path(retryHandlerStatsFolder(device)));
  }

  /** Removes a FUSE mount from the folder; without one nothing is run. */
  async clear(device: string): Promise<void> {
    const folder = await this.#folder(device);
    const mounts = fuseMountsOn(parseMountinfo(await this.#mountinfo()), folder);
    for (const mount of mounts) {
      this.#logger.info('removing a stale statistics mount', { device, source: mount.source });
      await this.#unmount(folder);
    }
  }

  /** Removes the folder of a NIC that is gone; if something still uses it, it stays. */
  async remove(device: string): Promise<void> {
    await this.clear(device);
    await rmdir(this.#root.path(retryHandlerStatsFolder(device))).catch(() => undefined);
  }

  async #unmount(folder: string): Promise<void> {
    const outcome = await this.#runner
      .run(['umount', '-l', folder], { deadlineMs: 5000 })
      .catch((cause: unknown) => ({ code: 1, stderr: errorMessage(cause) }));
    if (outcome.code === 0) return;
    throw new HwError('FailedPrecondition', `cannot unmount ${folder}: ${outcome.stderr.trim()}`, {
      remedy: 'the supervisor needs CAP_SYS_ADMIN and /run/cxi with Bidirectional mount propagation',
    });
  }

  /** As mountinfo names it: symlinks on the way resolved, the last part not looked at. */
  async #folder(device: string): Promise<string> {
    const parent = this.#root.path(this.#root.run('cxi'));
    await makeFolder(parent);
    return `${await realpath(parent)}/${device}`;
  }
}

function ownMountinfo(): Promise<string> {
  const root = new HostRoot();
  return readFile(root.path(root.proc('self', 'mountinfo')), 'utf8');
}
