import type { Mount } from '@rackwright/host';
import type { NodeTools } from '../files/node-tools.ts';
import type { Volume } from '../volumes/model.ts';

/**
 * Mounts that are read-only while others of the same file system are not. That takes two
 * calls of mount, and a crash between them leaves one that looks as if it had been given
 * to a pod that writes. So the target is written down before, and taken back after.
 */
export class ReadOnlyMounts {
  readonly #node: NodeTools;
  readonly #note: (volume: Volume, target: string | undefined) => Promise<void>;

  /** @param note writes down where a volume is being mounted; once it returns a crash does not lose it */
  constructor(node: NodeTools, note: (volume: Volume, target: string | undefined) => Promise<void>) {
    this.#node = node;
    this.#note = note;
  }

  /**
   * Takes away what a crash left half done: nobody was given it. It must come before it is
   * looked at what is mounted.
   *
   * @param isOwn whether a mount is of the volume
   */
  async clear(volume: Volume, isOwn: (mount: Mount) => boolean | Promise<boolean>): Promise<void> {
    const { publishing: target } = volume;
    if (target === undefined) return;
    const there = this.#node.mountAt(target);
    if (there !== undefined && (await isOwn(there))) await this.#node.unmount(target);
    await this.#note(volume, undefined);
  }

  /** Runs what mounts a volume at a target, and makes that mount read-only. If it cannot be made so it goes. */
  async make(volume: Volume, target: string, mount: () => Promise<void>): Promise<void> {
    await this.#note(volume, target);
    await mount();
    try {
      await this.#node.mount(['-o', 'remount,bind,ro'], target);
    } catch (error) {
      await this.#node.unmount(target);
      throw error;
    }
    await this.#note(volume, undefined);
  }
}
