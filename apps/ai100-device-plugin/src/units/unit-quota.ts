import { createHash } from 'node:crypto';
import { Mutex } from '@rackwright/core';
import { type HostTools, limitFolder, usedProjects } from '@rackwright/storage';
import { unitFolder } from './unit-folder.ts';
import type { CacheVolume } from './volume.ts';

/** Ours are the numbers from here to the next that ends with 24 zero bits; administrators count from 1. */
const firstProject = 0x41_00_00_00;

/**
 * The number of the project a unit's folder becomes: the same each time, but
 * where something still has it, as what the last container left has until it is
 * gone. Pure.
 */
export function projectOf(unit: string, used: ReadonlySet<number>): number {
  for (let attempt = 0; ; attempt++) {
    const digest = createHash('sha256').update(`${unit} ${attempt}`).digest();
    const project = firstProject + digest.readUIntBE(0, 3);
    if (!used.has(project)) return project;
  }
}

/** Limits folders of units. Two that are made at once do not become the same project. */
export class UnitQuota {
  readonly #tools: HostTools;
  readonly #mutex = new Mutex();

  constructor(tools: HostTools) {
    this.#tools = tools;
  }

  /** @throws HwError if the folder, which is new and empty, is not limited afterwards */
  limit(
    { hostPath: mountPoint }: Pick<CacheVolume, 'hostPath'>,
    unit: string,
    bytes: bigint,
    signal: AbortSignal,
  ): Promise<void> {
    return this.#mutex.run(async () => {
      const project = projectOf(unit, await usedProjects(this.#tools, mountPoint, signal));
      const folder = unitFolder({ hostPath: mountPoint }, unit, 'DirectoryQuota');
      await limitFolder(this.#tools, { folder, mountPoint, project, bytes }, signal);
    });
  }
}
