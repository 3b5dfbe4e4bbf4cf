import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Reads `+ pid` and `- pid` lines. The end of its input means that we are gone,
 * by SIGKILL perhaps: then the process groups still listed are killed, and what
 * is mounted below the folders given as arguments is unmounted and they are removed.
 */
const script = `
live=
while read -r op id; do
  case $op in
  +) live="$live $id" ;;
  -) rest=
     for pid in $live; do [ "$pid" = "$id" ] || rest="$rest $pid"; done
     live=$rest ;;
  esac
done
for pid in $live; do kill -s KILL -- "-$pid" 2>/dev/null; done
for folder; do
  while read -r id parent device root point rest; do
    case $point in "$folder"/*) umount -l "$point" ;; esac
  done </proc/self/mountinfo
  for try in 1 2 3 4 5 6 7 8 9; do
    rm -rf -- "$folder"
    # What is being killed may write once more.
    sleep 0.1
    [ -e "$folder" ] || break
  done
done
`;

/** A small shell that outlives us and sees to it that no process group we started does. */
export class ProcessGuard implements AsyncDisposable {
  readonly #shell: ChildProcess;

  private constructor(shell: ChildProcess) {
    this.#shell = shell;
  }

  /** @param folders removed when this process is gone or the guard is disposed */
  static async start(folders: readonly string[] = []): Promise<ProcessGuard> {
    const shell = spawn('/bin/sh', ['-c', script, 'rackwright-guard', ...folders], {
      // A session of its own, so that Ctrl-C at the terminal does not reach it.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    });
    shell.stdin.on('error', () => undefined);
    await once(shell, 'spawn');
    shell.unref();
    return new ProcessGuard(shell);
  }

  /** @param pid leader of a process group */
  add(pid: number): void {
    this.#shell.stdin?.write(`+ ${pid}\n`);
  }

  /** Says that the group has ended, before its number can be given to another one. */
  remove(pid: number): void {
    this.#shell.stdin?.write(`- ${pid}\n`);
  }

  /** Kills the groups still listed, removes the folders and waits for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#shell.exitCode !== null) return;
    const exited = once(this.#shell, 'exit');
    this.#shell.ref();
    this.#shell.stdin?.end();
    await exited;
  }
}
