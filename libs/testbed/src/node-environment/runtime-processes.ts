import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Clock } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import { waitUntil } from '../wait-until.ts';
import type { Machine } from './machine.ts';

const root = new HostRoot();

/** Kills every container of the machine and what looks after it, as a power cut would. */
export async function killContainers(machine: Machine, clock: Clock): Promise<void> {
  await waitUntil(
    'the containers to be gone',
    async () => {
      const processes = await runtimeProcesses(machine);
      for (const pid of processes) kill(pid);
      return processes.length === 0;
    },
    { clock, deadlineMs: 30_000 },
  );
}

/** The shims that run on the machine and all their descendants. */
async function runtimeProcesses(machine: Machine): Promise<number[]> {
  const own = await readlink(machine.mountNamespace);
  const pids = (await readdir(root.path(root.proc()))).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map<number, number>();
  const shims = new Set<number>();
  for (const pid of pids) {
    const stat = await readFile(root.path(root.proc(String(pid), 'stat')), 'utf8').catch(() => '');
    const [, name, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(stat) ?? [];
    if (name === undefined || state === 'Z') continue;
    parents.set(pid, Number(parent));
    const mounts = await readlink(root.path(root.proc(String(pid), 'ns', 'mnt'))).catch(() => '');
    if (mounts === own && name.startsWith('containerd-shim')) shims.add(pid);
  }
  const below = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
      if (shims.has(at)) return true;
    }
    return false;
  };
  return [...parents.keys()].filter(below);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
