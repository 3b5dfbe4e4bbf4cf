import { readFileSync } from 'node:fs';

/**
 * How often programs started by a process, and ended since, met a page that was not there yet (cminflt and cmajflt of
 * proc_pid_stat(5)). None runs without: as long as the number stays, none was started.
 */
export function endedChildren(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[8]) + Number(fields[10]);
}
