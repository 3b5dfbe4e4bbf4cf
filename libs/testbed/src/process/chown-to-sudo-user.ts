import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemClock } from '@rackwright/core';
import { type ProcessRunner, SystemProcessRunner } from '@rackwright/host';

/**
 * After `sudo`, gives what root has made in `folders` to the user who called it,
 * so that the next command of that user can write there. A folder that neither
 * is nor lies in theirs, such as root's own cache, is left alone.
 */
export async function chownToSudoUser(
  folders: readonly string[],
  env: NodeJS.ProcessEnv,
  runner: ProcessRunner = new SystemProcessRunner(systemClock),
): Promise<void> {
  const { SUDO_UID: uid = '', SUDO_GID: gid = '' } = env;
  if (![uid, gid].every((id) => /^\d+$/.test(id)) || uid === '0' || process.getuid?.() !== 0) return;
  for (const folder of folders) {
    const places = [folder, dirname(folder)].map((place) => stat(place).catch(() => undefined));
    if (!(await Promise.all(places)).some((place) => place?.uid === Number(uid))) continue;
    const change = ['-exec', 'chown', '--no-dereference', `${uid}:${gid}`, '{}', '+'];
    await runner.run(['find', folder, '-xdev', '-uid', '0', ...change], { deadlineMs: 60_000 });
  }
}
