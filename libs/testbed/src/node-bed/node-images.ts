import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import { appNames } from '../simulated-cluster-images.ts';
import { runtimeSocket } from './layout.ts';
import type { Machine } from './machine.ts';

/** The archives a node needs: the apps, the sandbox of every pod, and what users' pods of the cases run. */
const imageNames = [...appNames, 'pause', 'workload'];

/** Imports the OCI archives in `folder` into the machine's container runtime. */
export async function importImages(machine: Machine, ctr: string, folder: string): Promise<void> {
  for (const name of imageNames) {
    const archive = join(folder, `${name}.oci.tar`);
    const outcome = await machine.run([
      ...[ctr, '--address', runtimeSocket, '--namespace', 'k8s.io'],
      ...['images', 'import', '--local', archive],
    ]);
    if (outcome.code !== 0) {
      throw new HwError('Internal', `importing ${archive}: ${outcome.stderr.trim()}`);
    }
  }
}
