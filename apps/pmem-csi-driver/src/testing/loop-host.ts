import { readFileSync } from 'node:fs';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';

/** Whether files can be disks here, and be mounted. */
export async function canMountLoops(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const runner = new SystemProcessRunner(systemClock);
  return (await runner.run(['losetup', '-f']).catch(() => ({ code: 1 }))).code === 0;
}

/** CAP_SYS_RESOURCE, without which the kernel grows no mounted ext4 (ext4_resize_begin). */
export function canGrowExt4(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${effective}`) >> 24n) % 2n === 1n;
}
