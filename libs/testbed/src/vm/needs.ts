import { HwError } from '@rackwright/core';
import { onPath } from '../programs/local-sources.ts';

/** What a virtual machine takes from this machine: a program on PATH, and the package that brings it. */
const needs = [
  { program: 'qemu-system-x86_64', debian: 'qemu-system-x86' },
  { program: 'busybox', debian: 'busybox-static' },
  { program: 'apt-get', debian: 'apt' },
  { program: 'dpkg-deb', debian: 'dpkg' },
  { program: 'depmod', debian: 'kmod' },
] as const;

/** What cases run in a guest has the same root file system, so the machine must have it, too. */
export interface GuestNeed {
  readonly program: string;
  readonly debian: string;
}

/** Why this machine cannot carry a virtual machine with these programs in it; undefined when it can. */
export async function whyNoVirtualMachine(
  env: NodeJS.ProcessEnv,
  guestNeeds: readonly GuestNeed[],
): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `guests share the files of a Linux machine with x86-64 processors, and this is ${process.platform} ${process.arch}`;
  }
  const missing: GuestNeed[] = [];
  for (const need of [...needs, ...guestNeeds]) {
    const found = await onPath([need.program], searchPath(env));
    if (found.length === 0) missing.push(need);
  }
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map(({ debian }) => debian))].join(' ');
  const names = missing.map(({ program }) => program).join(', ');
  return `missing: ${names}; on Debian: apt-get install --no-install-recommends ${packages}`;
}

/** PATH with the folders of system programs, which ordinary users often lack. */
export function searchPath(env: NodeJS.ProcessEnv): string {
  return `${env.PATH ?? ''}:/usr/sbin:/sbin`;
}

/** @throws HwError FailedPrecondition when there is none */
export async function busyboxOf(env: NodeJS.ProcessEnv): Promise<string> {
  const [busybox] = await onPath(['busybox'], searchPath(env));
  if (busybox === undefined) throw new HwError('FailedPrecondition', 'there is no busybox on PATH');
  return busybox;
}
