import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { systemClock } from '@rackwright/core';
import { parseMountinfo, SystemProcessRunner } from '@rackwright/host';

const runner = new SystemProcessRunner(systemClock);

/** Whether files can be disks here, and be mounted. */
export async function canMountLoops(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return (await runner.run(['losetup', '-f']).catch(() => ({ code: 1 }))).code === 0;
}

/** CAP_SYS_RESOURCE, without which the kernel grows no mounted ext4 (ext4_resize_begin). */
export function canGrowExt4(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${effective}`) >> 24n) % 2n === 1n;
}

/** What is mounted below a folder, the newest last. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const mounts = parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8'));
  return mounts.map(({ mountPoint }) => mountPoint).filter((path) => path.startsWith(`${folder}/`));
}

/** The devices of files below a folder. */
export async function attachedBelow(folder: string): Promise<string[]> {
  const { stdout } = await runner.run(['losetup', '-n', '-O', 'NAME,BACK-FILE']);
  const lines = stdout.split('\n').filter((line) => line.includes(`${folder}/`));
  return lines.map((line) => line.split(' ')[0] ?? '');
}

/** Removes a folder with what a test that failed has left mounted and attached below it. */
export async function removeWithLoops(folder: string): Promise<void> {
  for (const path of (await mountsBelow(folder)).reverse()) await runner.run(['umount', path]);
  for (const device of await attachedBelow(folder)) await runner.run(['losetup', '-d', device]);
  await rm(folder, { recursive: true, force: true });
}
