import { readFileSync } from 'node:fs';
import { HostRoot, ifPresent } from '@rackwright/host';
import type { ProcessId } from './model.ts';

/**
 * Processes of this machine as /proc shows them; replaceable in tests. What
 * cannot be read is an `UnreadableError`: it does not mean that a process ended.
 */
export interface ProcessTable {
  /** Start time of a living process in clock ticks; undefined if it is gone or a zombie. */
  startTicks(pid: number): number | undefined;
  /** Its argument list; empty if it is gone. */
  commandLine(pid: number): readonly string[];
}

/** /proc of the process itself: pids are those of its own pid namespace. */
export class ProcFs implements ProcessTable {
  readonly #root = new HostRoot();

  startTicks(pid: number): number | undefined {
    return parseStartTicks(this.#read(pid, 'stat'));
  }

  commandLine(pid: number): readonly string[] {
    return this.#read(pid, 'cmdline').split('\0').slice(0, -1);
  }

  /** Tells one boot of the machine from another; undefined where the kernel does not say. */
  bootId(): string | undefined {
    const text = this.#text(this.#root.proc('sys', 'kernel', 'random', 'boot_id')).trim();
    return text === '' ? undefined : text;
  }

  #read(pid: number, file: string): string {
    return this.#text(this.#root.proc(String(pid), file));
  }

  #text(path: string): string {
    return ifPresent(path, () => readFileSync(this.#root.path(path), 'utf8')) ?? '';
  }
}

/** Field 22 of proc_pid_stat(5); undefined for zombies and dead processes. The name may hold anything. */
export function parseStartTicks(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[19]);
  if (!stat.includes(')') || 'ZXx'.includes(fields[0] ?? 'Z')) return undefined;
  return Number.isSafeInteger(ticks) && fields[19] !== '' ? ticks : undefined;
}

/**
 * Whether the process is still the one it was.
 *
 * @throws UnreadableError if that cannot be told now
 */
export function isAlive(table: ProcessTable, process: ProcessId): boolean {
  const ticks = table.startTicks(process.pid);
  return ticks !== undefined && (process.startTicks === undefined || ticks === process.startTicks);
}
