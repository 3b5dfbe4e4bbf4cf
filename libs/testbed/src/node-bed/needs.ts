import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { HwError } from '@rackwright/core';

/** Where Debian puts the network plugins. */
export const networkPluginFolder = '/usr/lib/cni';

/** What the node bed takes from the machine: a program on PATH or a file, and the package that brings it. */
interface Need {
  readonly what: string;
  readonly debian: string;
}

const programs: readonly Need[] = [
  { what: 'runc', debian: 'runc' },
  { what: 'ip', debian: 'iproute2' },
  { what: 'setpriv', debian: 'util-linux' },
  { what: 'unshare', debian: 'util-linux' },
  { what: 'nsenter', debian: 'util-linux' },
  { what: 'mount', debian: 'mount' },
];

const plugins: readonly Need[] = ['bridge', 'host-local', 'loopback'].map((name) => ({
  what: join(networkPluginFolder, name),
  debian: 'containernetworking-plugins',
}));

/** What of it is missing, each with the package that brings it. */
export async function missingNeeds(env: NodeJS.ProcessEnv): Promise<readonly Need[]> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const isThere = async ({ what }: Need): Promise<boolean> => {
    const candidates = what.startsWith('/') ? [what] : folders.map((folder) => join(folder, what));
    const found = await Promise.all(candidates.map(isExecutable));
    return found.includes(true);
  };
  const needs = [...programs, ...plugins];
  const present = await Promise.all(needs.map(isThere));
  return needs.filter((_, i) => !present[i]);
}

/**
 * Makes sure that this machine can carry real nodes.
 *
 * @throws HwError FailedPrecondition naming all that is missing, and how to get it
 */
export async function checkNeeds(env: NodeJS.ProcessEnv): Promise<void> {
  if (process.platform !== 'linux') {
    throw new HwError('Unsupported', `a node needs Linux, and this is ${process.platform}`, {
      remedy: 'run it on a Linux machine; npm run e2e runs the same cases on simulated nodes anywhere',
    });
  }
  if (process.getuid?.() !== 0) {
    throw new HwError('Forbidden', 'a kubelet and a container runtime need root', {
      remedy: 'run it as root; npm run e2e runs the same cases on simulated nodes for any user',
    });
  }
  const missing = await missingNeeds(env);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((need) => need.debian))].join(' ');
  throw new HwError('FailedPrecondition', `missing: ${missing.map((need) => need.what).join(', ')}`, {
    remedy: `on Debian: apt-get install --no-install-recommends ${packages}`,
  });
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
