import { execFileSync } from 'node:child_process';
import { isGone, thisProcess } from './owner.ts';

/** True when the process does not run. A killed one whose parent never collects it counts as ended. */
export function hasEnded(pid: number): boolean {
  if (isGone({ ...thisProcess(), pid })) return true;
  try {
    return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)]).includes('Z');
  } catch {
    return isGone({ ...thisProcess(), pid });
  }
}
