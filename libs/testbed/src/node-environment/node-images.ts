import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import { appNames } from '../simulated-cluster-images.ts';
import { runtimeSocket } from './layout.ts';
import type { Machine } from './machine.ts';

/** The archives a node needs: the apps, the sandbox of every pod, and what users' pods of the cases run. */
const imageNames = [...appNames, 'pause', 'workload'];

/** OCI archives every node needs: those in `folder`, and `more`. */
export function archivesOf(folder: string, more: readonly string[]): string[] {
  return [...imageNames.map((name) => join(folder, `${name}.oci.tar`)), ...more];
}

/** Imports OCI archives into the machine's container runtime. */
export async function importImages(
  machine: Machine,
  ctr: string,
  archives: readonly string[],
): Promise<void> {
  for (const archive of archives) await images(machine, ctr, 'import', '--local', archive);
}

/** Gives the image `from` a second name; both are full references. */
export async function tagImage(
  machine: Machine,
  ctr: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  await images(machine, ctr, 'tag', '--force', from, to);
}

async function images(machine: Machine, ctr: string, ...words: string[]): Promise<void> {
  const address = ['--address', runtimeSocket, '--namespace', 'k8s.io'];
  const outcome = await machine.run([ctr, ...address, 'images', ...words]);
  if (outcome.code === 0) return;
  throw new HwError('Internal', `ctr images ${words.join(' ')}: ${outcome.stderr.trim()}`);
}
