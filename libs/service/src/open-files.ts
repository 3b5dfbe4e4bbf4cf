import { readFileSync } from 'node:fs';
import { HostRoot } from '@rackwright/host';

/** What a process may usually open, where nobody says. */
const usual = 1024;

/** How many files this process may have open at once. */
export function openFilesLimit(): number {
  try {
    return parseOpenFiles(readFileSync(new HostRoot().proc('self', 'limits'), 'utf8'));
  } catch {
    return usual;
  }
}

/** The soft limit in proc_pid_limits(5). */
export function parseOpenFiles(text: string): number {
  const soft = /^Max open files\s+(\d+)\s/m.exec(text)?.[1];
  return soft === undefined ? usual : Number(soft);
}
