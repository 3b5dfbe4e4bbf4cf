import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Clock, HwError, withDeadline } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { replaceFile, SCRATCH } from '../../host/atomic-files.ts';
import { bundle, launcher, nodeFlags } from '../../host/bundle.ts';
import type { NicFunction } from '../nic.ts';
import { findHandler } from './find-handler.ts';
import { readHolder } from './hold.ts';
import { isRegistered, releaseDead } from './kernel.ts';
import { handlerPaths } from './paths.ts';

const PROGRAM = `${SCRATCH}/cxi_rh.mjs`;

/** Puts the double where a package would put the real program: /usr/bin/cxi_rh. */
export async function installRetryHandler(root: HostRoot): Promise<void> {
  program ??= bundle(fileURLToPath(new URL('./main.ts', import.meta.url)));
  replaceFile(root, PROGRAM, await program);
  const words = [process.execPath, ...nodeFlags, root.path(PROGRAM), `--sim-root=${root.prefix}`];
  replaceFile(root, '/usr/bin/cxi_rh', launcher(words));
  chmodSync(root.path('/usr/bin/cxi_rh'), 0o755);
}

let program: Promise<Uint8Array> | undefined;

/**
 * The process that serves the NIC now, as this process sees it, or undefined. A
 * handler that is out of sight is named by the pid it has itself.
 */
export function handlerPid(root: HostRoot, nic: Pick<NicFunction, 'name'>): number | undefined {
  const paths = handlerPaths(root.prefix, nic.name);
  releaseDead(paths);
  return visiblePid(root, nic) ?? readHolder(paths.hold)?.pid;
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
  const holder = readHolder(handlerPaths(root.prefix, name).hold);
  return holder && findHandler({ simRoot: root.prefix, device: name, pid: holder.pid });
}
