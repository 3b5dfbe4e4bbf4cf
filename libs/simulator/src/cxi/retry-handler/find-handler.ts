import { readdirSync, readFileSync } from 'node:fs';
import { HostRoot } from '@rackwright/host';
import { parseHandlerArgs } from './args.ts';

/** A running double, as it knows itself. */
export interface SoughtHandler {
  /** Its `--sim-root`, which the program was given when the host was made. */
  readonly simRoot: string;
  readonly device: string;
  /** In its own pid namespace. */
  readonly pid: number;
}

const own = new HostRoot();

/** The pid a double has for this process, which may see it from another namespace; undefined if it does not see it. */
export function findHandler(sought: SoughtHandler): number | undefined {
  if (isHandler(sought.pid, sought)) return sought.pid;
  const pids = readdirSync(own.path(own.proc())).filter((name) => /^\d+$/.test(name));
  return pids.map(Number).find((pid) => isHandler(pid, sought));
}

function isHandler(pid: number, { simRoot, device, pid: innermost }: SoughtHandler): boolean {
  const words = readOf(pid, 'cmdline').split('\0').slice(0, -1);
  const at = words.indexOf(`--sim-root=${simRoot}`);
  if (at < 0) return false;
  const args = parseHandlerArgs(words.slice(at + 1));
  return !('refused' in args) && args.device === device && pidOfItsOwn(pid) === innermost;
}

/** The last of its pids from namespace to namespace; kernels that do not tell have but one. */
function pidOfItsOwn(pid: number): number {
  const last = /^NSpid:.*?(\d+)$/m.exec(readOf(pid, 'status'))?.[1];
  return last === undefined ? pid : Number(last);
}

function readOf(pid: number, file: string): string {
  try {
    return readFileSync(own.path(own.proc(String(pid), file)), 'utf8');
  } catch {
    return '';
  }
}
