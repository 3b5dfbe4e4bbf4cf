import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, compareNatural, HwError } from '@rackwright/core';
import { makeFolder, type ProcessRunner, SystemProcessRunner } from '@rackwright/host';
import { ownFolder, removeOrphans } from '../process/owner.ts';
import { cacheFolder } from '../programs/cache.ts';

/** A Linux kernel a guest boots, in the user's cache. */
export interface GuestKernel {
  /** What `uname -r` says in the guest. */
  readonly release: string;
  /** The kernel itself. */
  readonly image: string;
  /** Folder of its modules, with the index that modprobe reads. */
  readonly modules: string;
}

/** What finding a kernel needs. */
export interface KernelOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal;
}

const draftPrefix = '.draft-';
/** The package of Debian whose only need is the package of the newest kernel. */
const metaPackage = 'linux-image-amd64';

/** Folders of modules that are kept: a whole kernel has 370 MB, most of it for hardware no guest has. */
const keptModules = [
  ...['arch', 'block', 'crypto', 'fs', 'lib', 'mm', 'net/9p', 'net/core'],
  ...['acpi', 'block', 'char', 'dax', 'md', 'nvdimm', 'nvme', 'virtio'].map((name) => `drivers/${name}`),
];

/**
 * The newest kernel in the cache, or Debian's, downloaded by apt-get without being installed.
 *
 * @throws HwError FailedPrecondition with what the package tools said
 */
export async function guestKernel(options: KernelOptions): Promise<GuestKernel> {
  const folder = join(cacheFolder(options.env), 'guest-kernels');
  const [newest] = await cached(folder);
  if (newest !== undefined) return describe(folder, newest);
  await makeFolder(folder);
  await removeOrphans(folder, draftPrefix);
  const draft = join(folder, `${draftPrefix}${randomUUID()}`);
  await makeFolder(draft);
  try {
    await ownFolder(draft);
    const release = await fetchKernel(draft, options);
    await rename(join(draft, release), join(folder, release)).catch(async (error: unknown) => {
      // Another run was quicker.
      if (!(await cached(folder)).includes(release)) throw error;
    });
    return describe(folder, release);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Releases in the cache, the newest first. */
async function cached(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  return names.filter((name) => !name.startsWith('.')).sort((a, b) => compareNatural(b, a));
}

function describe(folder: string, release: string): GuestKernel {
  const home = join(folder, release);
  return { release, image: join(home, 'vmlinuz'), modules: join(home, 'lib/modules', release) };
}

/** Downloads and unpacks a kernel below `draft`; resolves with its release, the name of the folder it is in. */
async function fetchKernel(draft: string, { clock, progress, signal }: KernelOptions): Promise<string> {
  const tool = packageTool(new SystemProcessRunner(clock), draft, signal);
  const needs = await tool(['apt-cache', 'depends', metaPackage]);
  const release = /Depends: linux-image-(\S+)/.exec(needs)?.[1];
  if (release === undefined) {
    throw new HwError('FailedPrecondition', `apt knows no kernel by ${metaPackage}`, {
      remedy: 'run apt-get update; the machine must be a Debian one',
    });
  }
  progress(`downloading the guest's kernel ${release}`);
  await tool(['apt-get', 'download', '-o', 'APT::Sandbox::User=root', `linux-image-${release}`]);
  const archive = (await readdir(draft)).find((name) => name.endsWith('.deb')) ?? '';
  await tool(['dpkg-deb', '-x', archive, 'all']);
  await keep(draft, release);
  await tool(['depmod', '-b', release, release]);
  return release;
}

/** Moves what guests use from the unpacked package into the folder that goes to the cache. */
async function keep(draft: string, release: string): Promise<void> {
  const modules = join('lib/modules', release);
  await makeFolder(join(draft, release));
  await rename(join(draft, `all/boot/vmlinuz-${release}`), join(draft, release, 'vmlinuz'));
  for (const kept of keptModules) {
    const path = join(modules, 'kernel', kept);
    await makeFolder(join(draft, release, path, '..'));
    await rename(join(draft, 'all', path), join(draft, release, path));
  }
  for (const index of ['modules.builtin', 'modules.builtin.modinfo', 'modules.order']) {
    const from = join(draft, 'all', modules, index);
    await rename(from, join(draft, release, modules, index)).catch(() =>
      writeFile(join(draft, release, modules, index), ''),
    );
  }
}

/** Runs a package tool in `cwd` and resolves with what it printed. */
function packageTool(runner: ProcessRunner, cwd: string, signal: AbortSignal | undefined) {
  return async (argv: readonly [string, ...string[]]): Promise<string> => {
    const options = { cwd, deadlineMs: 300_000, ...(signal === undefined ? {} : { signal }) };
    const { code, stdout, stderr } = await runner.run(argv, options);
    if (code === 0) return stdout;
    const problem = `${argv.slice(0, 2).join(' ')} failed: ${stderr.trim()}`;
    throw new HwError('FailedPrecondition', problem, {
      remedy: 'the kernel of a guest is a package of Debian; run apt-get update, or allow its download',
    });
  };
}
