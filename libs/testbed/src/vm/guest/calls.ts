import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { LineSocket } from '../line-socket.ts';
import type { GuestCalls, GuestExit } from './protocol.ts';

const runner = new SystemProcessRunner(systemClock);
const started = new Map<number, { readonly child: ChildProcess; exit: GuestExit | null }>();

/** What the agent does, in the guest. */
export const guestCalls: GuestCalls = {
  run: ({ argv, options }) => runner.run(argv, options),

  async start({ argv: [program, ...args], env, log }) {
    const output = await open(log, 'a');
    try {
      const child = spawn(program, args, {
        env: { ...process.env, ...env },
        stdio: ['ignore', output.fd, output.fd],
        detached: true,
      });
      await once(child, 'spawn');
      const pid = child.pid ?? 0;
      const entry: { readonly child: ChildProcess; exit: GuestExit | null } = { child, exit: null };
      started.set(pid, entry);
      child.once('exit', (code, signal) => {
        entry.exit = { code, signal };
      });
      return pid;
    } finally {
      await output.close();
    }
  },

  async signal({ pid, name }) {
    const entry = started.get(pid);
    return entry !== undefined && entry.exit === null && entry.child.kill(name);
  },

  exit: async ({ pid }) => started.get(pid)?.exit ?? null,

  read: ({ path }) => readFile(path, 'utf8').catch(absent(null)),

  async write({ path, text }) {
    await writeFile(path, text);
    return null;
  },

  async ask({ socket, line }) {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    using connection = await LineSocket.connect(socket, { line: resolve, closed: reject });
    connection.sendLine(line);
    return await promise;
  },

  list: ({ path }) => readdir(path).catch(absent<readonly string[]>([])),
};

/** Answers with `value` where there is no such file; any other failure stays one. */
function absent<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}
