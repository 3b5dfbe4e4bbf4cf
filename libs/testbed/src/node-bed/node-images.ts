import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import { runtimeSocket } from './layout.ts';
import type { Machine } from './machine.ts';

/** Imports every OCI archive of `folder` into the machine's container runtime. */
export async function importImages(machine: Machine, ctr: string, folder: string): Promise<void> {
  const archives = (await readdir(folder)).filter((name) => name.endsWith('.oci.tar')).sort();
  for (const archive of archives) {
    const outcome = await machine.run([
      ...[ctr, '--address', runtimeSocket, '--namespace', 'k8s.io'],
      ...['images', 'import', '--local', join(folder, archive)],
    ]);
    if (outcome.code !== 0) {
      throw new HwError('Internal', `importing ${archive}: ${outcome.stderr.trim()}`);
    }
  }
}
