import { HwError } from '@rackwright/core';
import type { ProcessRunner } from '@rackwright/host';
import { parseLdd } from './ldd.ts';

/**
 * The shared libraries a program of this machine needs, by path.
 *
 * @throws HwError FailedPrecondition naming what is missing
 */
export async function librariesOf(program: string, runner: ProcessRunner): Promise<string[]> {
  const { stdout, stderr, code } = await runner.run(['ldd', program]);
  const { found, missing } = parseLdd(stdout);
  if (code === 0 && missing.length === 0) return found;
  throw new HwError(
    'FailedPrecondition',
    `${program} cannot be packed: ${missing.join(', ') || stderr.trim()}`,
    {
      remedy: 'install the Debian packages libstdc++6 and libgcc-s1',
    },
  );
}

/**
 * Where a program of PATH is.
 *
 * @throws HwError FailedPrecondition naming the Debian package that has it
 */
export function programPath(
  name: string,
  debianPackage: string,
  path: string | undefined,
  exists: (file: string) => boolean,
): string {
  // Administrators' programs are not in every user's PATH.
  const folders = [...(path ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  const found = folders.map((folder) => `${folder}/${name}`).find(exists);
  if (found !== undefined) return found;
  throw new HwError('FailedPrecondition', `${name} is not on this machine`, {
    remedy: `install the Debian package ${debianPackage}`,
  });
}

/**
 * Refuses a program that needs shared libraries.
 *
 * @throws HwError FailedPrecondition naming the Debian package with a static one
 */
export async function checkStatic(
  program: string,
  debianPackage: string,
  runner: ProcessRunner,
): Promise<void> {
  const { stdout } = await runner.run(['ldd', program]);
  const { found, missing } = parseLdd(stdout);
  if (found.length + missing.length === 0) return;
  throw new HwError('FailedPrecondition', `${program} needs shared libraries, and its image has none`, {
    remedy: `install the Debian package ${debianPackage}`,
  });
}
