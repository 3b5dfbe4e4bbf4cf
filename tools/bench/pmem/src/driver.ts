import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@rackwright/core';
import { CsiClient, csi } from '@rackwright/csi';
import { HostRoot } from '@rackwright/host';

/** How every agent's image starts Node. */
const imageFlags = ['--max-semi-space-size=1', '--max-old-space-size=64', '--optimize-for-size'];
const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** The driver as its image runs it, on files as disks. */
export interface Driver extends AsyncDisposable {
  readonly client: CsiClient;
  anonymousMiB(): string;
  /** Time of the processor it has used, and the programs it started, in seconds. */
  processorSeconds(): number;
}

/** Bundles the driver, starts the bundle with its state in `folder` and waits until it answers. */
export async function startDriver(folder: string): Promise<Driver> {
  const cwd = `${root}apps/pmem-csi-driver`;
  const built = spawnSync(process.execPath, [`${root}tools/workspace/build.mjs`], { cwd, stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the driver cannot be built');
  const endpoint = `unix://${folder}/csi.sock`;
  const flags = [
    '-deviceManager=loop',
    '-nodeid=bench',
    `-endpoint=${endpoint}`,
    `-statePath=${folder}/state`,
  ];
  const child = spawn(
    process.execPath,
    [...imageFlags, `${root}dist/apps/pmem-csi-driver/main.js`, ...flags],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, MALLOC_ARENA_MAX: '1' },
    },
  );
  const client = new CsiClient({ endpoint, clock: systemClock });
  await untilReady(client, () => child.exitCode ?? child.signalCode);
  return {
    client,
    anonymousMiB() {
      const status = readFileSync(new HostRoot().proc(`${child.pid}`, 'status'), 'utf8');
      return (Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) / 1024).toFixed(1);
    },
    processorSeconds() {
      const stat = readFileSync(new HostRoot().proc(`${child.pid}`, 'stat'), 'utf8');
      // utime, stime, cutime and cstime stand behind the name in brackets, in hundredths (proc(5)).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) / 100, 0);
    },
    [Symbol.asyncDispose]: async () => {
      const exit = once(child, 'exit');
      if (child.kill('SIGTERM')) await exit;
    },
  };
}

async function untilReady(client: CsiClient, end: () => number | string | null): Promise<void> {
  for (;;) {
    if (end() !== null) throw new Error(`the driver ended: ${end()}`);
    const answer = await client.call(csi.IdentityService.probe, {}).catch(() => undefined);
    if (answer?.ready === true) return;
    await systemClock.sleep(20);
  }
}
