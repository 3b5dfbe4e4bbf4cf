import { readFile } from 'node:fs/promises';
import { systemClock } from '@rackwright/core';
import { HostRoot, type ProcessRunner, parseMountinfo, SystemProcessRunner } from '@rackwright/host';

/** Unmounts what was stopped or killed and has left mounted below `folder`; the innermost goes first. */
export async function unmountBelow(
  folder: string,
  runner: ProcessRunner = new SystemProcessRunner(systemClock),
): Promise<void> {
  const root = new HostRoot();
  // Where there is no such file nothing of ours was mounted either.
  const mountinfo = await readFile(root.path(root.proc('self', 'mountinfo')), 'utf8').catch(() => '');
  const mounts = parseMountinfo(mountinfo).filter(({ mountPoint }) => mountPoint.startsWith(`${folder}/`));
  for (const { mountPoint } of mounts.reverse()) {
    // What cannot be unmounted cannot be removed, which is noticed there.
    await runner.run(['umount', '-l', mountPoint]).catch(() => undefined);
  }
}
