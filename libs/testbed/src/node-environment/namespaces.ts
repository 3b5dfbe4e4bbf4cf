import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { HostRoot } from '@rackwright/host';
import { temporaryFolder } from '../process/temporary-folder.ts';
import { removeEmptyGroups } from './cgroups.ts';

/** Set for a process that runs inside: the folder of everything it makes. */
const mark = 'RACKWRIGHT_NAMESPACES_FOLDER';

/** How the program is started again, inside. */
export interface NamespacesOptions {
  /** Node flags, script and arguments; default those of this process. */
  readonly argv?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Folder of the namespaces this process runs in, or undefined outside. */
export function namespacesFolder(env: NodeJS.ProcessEnv): string | undefined {
  return env[mark];
}

/**
 * Runs this program again with mounts, network and processes of its own, and
 * resolves with its exit code. Whatever it starts, mounts or configures goes
 * when it ends, however it ends: the kernel kills `unshare` with this process,
 * the first process inside with `unshare`, every other with the
 * first, and the mounts and interfaces with the last. Its folder and what is
 * left of its control groups are removed here, or by the next run.
 */
export async function runInNamespaces({ argv, env }: NamespacesOptions): Promise<number> {
  await using folder = await temporaryFolder('rwn-');
  await removeEmptyGroups();
  const words = argv ?? [...process.execArgv, ...process.argv.slice(1)];
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', '--', 'unshare', ...namespaces, '--propagation', 'private'],
      ...['--', process.execPath, ...words],
    ],
    { stdio: 'inherit', env: { ...env, [mark]: folder.path } },
  );
  // unshare itself ignores these; a terminal's Ctrl-C reaches the program inside by itself, and twice does no harm.
  const pass = (signal: NodeJS.Signals): void => passOn(child, signal);
  for (const name of passed) process.on(name, pass);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    for (const name of passed) process.off(name, pass);
    await removeEmptyGroups();
  }
}

const passed = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Signals the program that `child`, which has become unshare, has started. */
function passOn({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  const root = new HostRoot();
  try {
    const children = root.proc(String(pid), 'task', String(pid), 'children');
    process.kill(Number.parseInt(readFileSync(root.path(children), 'utf8'), 10), signal);
  } catch {
    // It has ended.
  }
}
