import { join } from 'node:path';
import type { Pod } from '../../pod-model.ts';
import { mapVolume } from './csi-block.ts';
import type { CsiContext } from './csi-context.ts';
import { type ExpandRequest, expandVolume } from './csi-expand.ts';
import { mountVolume } from './csi-mount.ts';
import { type CsiVolume, csiPaths } from './csi-paths.ts';
import { podVolumeStats, type VolumeStats } from './csi-stats.ts';
import { unmapVolume, unmountVolume } from './csi-unmount.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import { removeEmpty, removeMountFolder, removeOne } from './mount-folder.ts';
import { names, podsWithVolumes, targetIn } from './published.ts';
import { loadVolumeData } from './volume-data.ts';

/**
 * The volumes of CSI drivers on one node. What is mounted stands in files of
 * the node, so a kubelet that starts again finds it.
 */
export class CsiVolumes {
  readonly #node: CsiContext;
  /** One operation per volume at a time. */
  readonly #locks = new KeyedMutex();

  constructor(node: CsiContext) {
    this.#node = node;
  }

  /**
   * Mounts a volume for a pod.
   *
   * @returns where it is, as a path of this machine
   * @throws VolumeError
   */
  mount(pod: Pod, volume: CsiVolume, signal: AbortSignal): Promise<string> {
    const request = { pod, volume, signal };
    return this.#locks.run(lockOf(volume.driver, volume.handle), () =>
      volume.block ? mapVolume(this.#node, request) : mountVolume(this.#node, request),
    );
  }

  /**
   * Grows a mounted volume if its claim asks the node to.
   *
   * @returns whether it has grown
   */
  expand(request: ExpandRequest): Promise<boolean> {
    const { driver, handle } = request.volume;
    return this.#locks.run(lockOf(driver, handle), () => expandVolume(this.#node, request));
  }

  /**
   * Unmounts every volume of a pod that no container uses any more. Each is
   * tried; those that are done stay so when it is called again.
   *
   * @throws the first failure
   */
  async unmountPod(uid: string, signal: AbortSignal): Promise<void> {
    const { host } = this.#node;
    const failures: unknown[] = [];
    const attempt = (work: Promise<void>): Promise<void> =>
      work.catch((error: unknown) => {
        failures.push(error);
      });
    for (const name of await names(host.path(csiPaths.podVolumes(uid)))) {
      await attempt(this.#unmount(uid, name, signal));
    }
    for (const name of await names(host.path(csiPaths.podDevices(uid)))) {
      await attempt(this.#unmap(uid, name, signal));
    }
    if (failures.length > 0) throw failures[0];
    for (const folder of [csiPaths.podVolumes(uid), csiPaths.podDevices(uid)]) {
      await removeEmpty(host.path(folder), host.path(csiPaths.podFolder(uid)));
    }
  }

  /** Asks drivers how the volumes of a pod are. */
  stats(uid: string, signal: AbortSignal): Promise<readonly VolumeStats[]> {
    return podVolumeStats(this.#node, uid, signal);
  }

  /** Pods of which volumes are mounted on the node. */
  pods(): Promise<readonly string[]> {
    return podsWithVolumes(this.#node.host);
  }

  async #unmount(uid: string, name: string, signal: AbortSignal): Promise<void> {
    const { host } = this.#node;
    const data = await loadVolumeData(host.path(join(csiPaths.podVolumes(uid), name)));
    if (data === undefined) {
      // Nothing has been asked of a driver yet, or all has been undone.
      await removeMountFolder(host, targetIn(uid, name));
      return;
    }
    await this.#locks.run(lockOf(data.driverName, data.volumeHandle), () =>
      unmountVolume(this.#node, { uid, name, data, signal }),
    );
  }

  async #unmap(uid: string, name: string, signal: AbortSignal): Promise<void> {
    const { host } = this.#node;
    const data = await loadVolumeData(host.path(csiPaths.blockData(name)));
    if (data === undefined) {
      // Written before the link is made and removed before it goes: all has been undone.
      await removeOne(host.path(join(csiPaths.podDevices(uid), name)));
      return;
    }
    await this.#locks.run(lockOf(data.driverName, data.volumeHandle), () =>
      unmapVolume(this.#node, { uid, name, data, signal }),
    );
  }
}

function lockOf(driver: string, handle: string): string {
  return `${driver}^${handle}`;
}
