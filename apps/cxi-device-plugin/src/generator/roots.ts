import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HostRoot, ifPresent } from '@rackwright/host';

/** Where the generator looks. */
export interface Roots {
  readonly sysfs: string;
  readonly devfs: string;
  readonly ofi: string;
  readonly cxi: string;
}

interface RootRule {
  readonly env: string;
  readonly fallback: string;
  /** Whether a folder holds what is looked for. */
  readonly fits: (folder: string) => boolean;
}

const holds = (prefix: string) => (folder: string) => names(folder).some((name) => name.startsWith(prefix));

const rules: Readonly<Record<keyof Roots, RootRule>> = {
  sysfs: {
    env: 'SYSFS_ROOT',
    fallback: new HostRoot().sys(),
    fits: (folder) =>
      statSync(join(folder, 'class', 'cxi'), { throwIfNoEntry: false })?.isDirectory() ?? false,
  },
  devfs: { env: 'DEVFS_ROOT', fallback: new HostRoot().dev(), fits: holds('cxi') },
  ofi: { env: 'OFI_ROOT', fallback: '/opt/cray/lib64', fits: holds('libfabric.so') },
  cxi: { env: 'CXI_ROOT', fallback: '/usr/lib64', fits: holds('libcxi.so') },
};

/** Picks each root: the one of the environment if it holds what is looked for, else the default. */
export function chooseRoots(env: NodeJS.ProcessEnv, notice: (line: string) => void): Roots {
  const pick = ({ env: name, fallback, fits }: RootRule): string => {
    const given = env[name];
    if (given === undefined || given === '') return fallback;
    if (given.startsWith('/') && fits(given)) return given;
    notice(`${name}=${given} does not hold what is looked for, trying ${fallback}`);
    return fallback;
  };
  return { sysfs: pick(rules.sysfs), devfs: pick(rules.devfs), ofi: pick(rules.ofi), cxi: pick(rules.cxi) };
}

/** A host whose sysfs and device folder lie wherever the roots say, and all else in its place. */
export class RemappedRoot extends HostRoot {
  readonly #moved: readonly (readonly [from: string, to: string])[];

  constructor(roots: Pick<Roots, 'sysfs' | 'devfs'>) {
    super('/');
    this.#moved = [
      [this.sys(), real(roots.sysfs)],
      [this.dev(), real(roots.devfs)],
    ];
  }

  override path(hostPath: string): string {
    const path = super.path(hostPath);
    const moved = this.#moved.find(([from]) => path === from || path.startsWith(`${from}/`));
    return moved === undefined ? path : moved[1] + path.slice(moved[0].length);
  }
}

/** Links on the way to a root would be taken for links inside the host. */
function real(folder: string): string {
  return ifPresent(folder, () => realpathSync(folder)) ?? folder;
}

function names(folder: string): string[] {
  return ifPresent(folder, () => readdirSync(folder)) ?? [];
}
