import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Clock, HwError, withDeadline } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { build } from 'esbuild';
import { replaceFile, SCRATCH } from '../../host/atomic-files.ts';
import { readHolder } from '../../host/hold.ts';
import type { NicFunction } from '../nic.ts';
import { findHandler } from './find-handler.ts';
import { type Holder, isRegistered, releaseDead } from './kernel.ts';
import { handlerPaths } from './paths.ts';

const PROGRAM = `${SCRATCH}/cxi_rh.mjs`;

/** Flags that keep one handler small: many run at once. */
const nodeFlags = ['--max-semi-space-size=1', '--max-old-space-size=24', '--optimize-for-size'];

/** Puts the double where a package would put the real program: /usr/bin/cxi_rh. */
export async function installRetryHandler(root: HostRoot): Promise<void> {
  program ??= bundle();
  replaceFile(root, PROGRAM, await program);
  const words = [process.execPath, ...nodeFlags, root.path(PROGRAM), `--sim-root=${root.prefix}`];
  const script = `#!/bin/sh\nexec ${words.map(quote).join(' ')} "$@"\n`;
  replaceFile(root, '/usr/bin/cxi_rh', script);
  chmodSync(root.path('/usr/bin/cxi_rh'), 0o755);
}

let program: Promise<Uint8Array> | undefined;

/** One plain file: running the sources would cost each handler twice the memory and start-up time. */
async function bundle(): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL('./main.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['@rackwright/source'],
    logLevel: 'silent',
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new HwError('Internal', 'the cxi_rh double could not be bundled');
  return file.contents;
}

/**
 * The process that serves the NIC now, as this process sees it, or undefined. A
 * handler that is out of sight is named by the pid it has itself.
 */
export function handlerPid(root: HostRoot, nic: Pick<NicFunction, 'name'>): number | undefined {
  const paths = handlerPaths(root.prefix, nic.name);
  releaseDead(paths);
  return visiblePid(root, nic) ?? readHolder<Holder>(paths.hold)?.pid;
}

/**
 * Kills the handler of a NIC and waits until the stand-in for the kernel has
 * taken its event queue back.
 *
 * @throws HwError FailedPrecondition if no handler serves the NIC, or none that this process sees
 */
export async function killHandlerOf(root: HostRoot, nic: NicFunction, clock: Clock): Promise<void> {
  const pid = visiblePid(root, nic);
  if (pid === undefined) throw new HwError('FailedPrecondition', `no retry handler serves ${nic.name}`);
  process.kill(pid, 'SIGKILL');
  const paths = handlerPaths(root.prefix, nic.name);
  await withDeadline(clock, 10_000, `cleaning up after the handler of ${nic.name}`, async (signal) => {
    while (isRegistered(paths)) await clock.sleep(10, signal);
  });
  releaseDead(paths);
}

function visiblePid(root: HostRoot, { name }: Pick<NicFunction, 'name'>): number | undefined {
  const holder = readHolder<Holder>(handlerPaths(root.prefix, name).hold);
  return holder && findHandler({ simRoot: root.prefix, device: name, pid: holder.pid });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
