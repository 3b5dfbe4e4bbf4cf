import { Mutex } from '@rackwright/core';

/** Lets one thing at a time be done to a volume; others are worked on meanwhile. */
export class VolumeLocks {
  readonly #held = new Map<string, { readonly mutex: Mutex; users: number }>();

  async run<T>(id: string, section: () => Promise<T>): Promise<T> {
    const entry = this.#held.get(id) ?? { mutex: new Mutex(), users: 0 };
    this.#held.set(id, entry);
    entry.users += 1;
    try {
      return await entry.mutex.run(section);
    } finally {
      entry.users -= 1;
      if (entry.users === 0) this.#held.delete(id);
    }
  }
}
