import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Clock } from '@rackwright/core';
import type { Role } from './smap.ts';

/** Where a node writes its log: a file of each start, to which `ais<role>.INFO` leads. */
export function openLog(
  folder: string,
  { role, hostname, pid, clock }: { role: Role; hostname: string; pid: number; clock: Clock },
): (line: string) => void {
  mkdirSync(folder, { recursive: true });
  const stamp = (): string => new Date(clock.now()).toISOString();
  const day = stamp().replace(/[-:]/g, '').slice(0, 15);
  const path = join(folder, `ais${role}.${hostname}.root.log.INFO.${day}.${pid}`);
  const link = join(folder, `ais${role}.INFO`);
  appendFileSync(path, '');
  rmSync(`${link}.new`, { force: true });
  symlinkSync(basename(path), `${link}.new`);
  renameSync(`${link}.new`, link);
  return (line) => {
    try {
      appendFileSync(path, `I ${stamp().slice(11, 23)} ${line}\n`);
    } catch {
      // A full or vanished folder of logs ends no node.
    }
  };
}
