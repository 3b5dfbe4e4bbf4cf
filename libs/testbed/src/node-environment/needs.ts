import { execFile } from 'node:child_process';
import { access, constants, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { errorMessage, HwError } from '@rackwright/core';
import { workspaceRoot } from '../build-apps.ts';
import { cacheFolder } from '../programs/cache.ts';
import { freshFolders } from './layout.ts';

/** Where Debian puts the network plugins. */
export const networkPluginFolder = '/usr/lib/cni';

/** What the node environment takes from the machine: a program on PATH or a file, and the package that brings it. */
interface Need {
  readonly what: string;
  readonly debian: string;
}

const programs: readonly Need[] = [
  { what: 'runc', debian: 'runc' },
  { what: 'ip', debian: 'iproute2' },
  { what: 'iptables', debian: 'iptables' },
  { what: 'setpriv', debian: 'util-linux' },
  { what: 'unshare', debian: 'util-linux' },
  { what: 'nsenter', debian: 'util-linux' },
  { what: 'mount', debian: 'mount' },
];

const plugins: readonly Need[] = ['ptp', 'host-local', 'loopback'].map((name) => ({
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
 * @throws HwError FailedPrecondition naming what is missing or in the way, and what to do about it
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
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((need) => need.debian))].join(' ');
    throw new HwError('FailedPrecondition', `missing: ${missing.map((need) => need.what).join(', ')}`, {
      remedy: `on Debian: apt-get install --no-install-recommends ${packages}`,
    });
  }
  await checkInSight([
    { what: 'this checkout', path: workspaceRoot, remedy: 'move it, for example to your home' },
    { what: 'the cache', path: cacheFolder(env), remedy: 'set XDG_CACHE_HOME to another folder' },
    { what: 'the temporary folder', path: tmpdir(), remedy: 'set TMPDIR to another folder' },
    { what: 'Node', path: process.execPath, remedy: 'use a Node that lies elsewhere' },
  ]);
  await checkPermitted();
}

/** Something of the machine that programs of a node use. */
interface Used {
  readonly what: string;
  readonly path: string;
  readonly remedy: string;
}

/** @throws HwError FailedPrecondition naming the first that a node's own folders would cover */
export async function checkInSight(used: readonly Used[]): Promise<void> {
  for (const { what, path, remedy } of used) {
    // A cache that is not there yet has no links to follow.
    const real = await realpath(path).catch(() => path);
    const cover = freshFolders.find((folder) => `${real}/`.startsWith(`${folder}/`));
    if (cover === undefined) continue;
    const problem = `${what} is at ${real}, and each node has a ${cover} of its own over it`;
    throw new HwError('FailedPrecondition', problem, { remedy });
  }
}

/** Makes once what the nodes are made of. */
async function checkPermitted(): Promise<void> {
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--propagation', 'private'];
  const mount = ['mount', '-t', 'tmpfs', 'tmpfs', '/run'];
  try {
    await promisify(execFile)('unshare', [...namespaces, '--', ...mount]);
  } catch (error) {
    const problem = `namespaces and mounts of its own are not permitted: ${errorMessage(error)}`;
    throw new HwError('FailedPrecondition', problem, {
      remedy: 'run it on a machine of your own, or in a container started with --privileged',
    });
  }
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
