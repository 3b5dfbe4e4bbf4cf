import type { Fault } from '../faults/fault.ts';
import { FrozenFolder } from '../faults/frozen-folder.ts';
import { type GarbageKind, placeGarbage } from '../faults/garbage.ts';
import { restorePath, type StashedPath, stashPath } from './atomic-files.ts';
import type { HostCore } from './host-core.ts';

/** A kernel module is unloaded, with what it showed; reverting loads it again. */
function moduleGone(host: HostCore, options: { readonly module: string }): Fault {
  const before = host.modules;
  return {
    name: 'module-gone',
    description: `the kernel module ${options.module} is unloaded`,
    apply: () => host.setModules(before.filter((module) => module !== options.module)),
    revert: () => host.setModules(before),
  };
}

/** The machine loses its power and starts again. */
function reboot(host: HostCore): Fault {
  return {
    name: 'reboot',
    description: 'the host loses its power and starts again',
    apply: () => host.reboot(),
  };
}

/** A file or folder is missing; reverting brings back what it was. */
function missingPath(host: HostCore, { path }: { readonly path: string }): Fault {
  return replacedPath(host, path, { name: 'missing-path', description: `${path} is missing` });
}

/** A file is or holds nonsense; reverting brings back what it was. */
function garbagePath(
  host: HostCore,
  { path, garbage }: { readonly path: string; readonly garbage: GarbageKind },
): Fault {
  return replacedPath(host, path, {
    name: `garbage-path-${garbage}`,
    description: `${path} is garbage (${garbage})`,
    garbage,
  });
}

/**
 * Who touches anything in a folder sleeps uninterruptibly, as with a disk that
 * does not answer. Needs root and /dev/fuse, see `canMountFuse`.
 */
function folderHangs({ root }: HostCore, { path }: { readonly path: string }): Fault {
  let frozen: FrozenFolder | undefined;
  return {
    name: 'folder-hangs',
    description: `nothing in ${path} answers`,
    apply: async () => {
      frozen ??= await FrozenFolder.mount(root.path(path));
    },
    revert: async () => {
      await frozen?.unmount();
      frozen = undefined;
    },
  };
}

/** What is at a path makes way for garbage, or for nothing. */
export function replacedPath(
  { root }: HostCore,
  path: string,
  what: Pick<Fault, 'name' | 'description'> & { readonly garbage?: GarbageKind },
): Fault {
  let stashed: StashedPath | undefined;
  return {
    name: what.name,
    description: what.description,
    apply: async () => {
      stashed ??= stashPath(root, path);
      if (what.garbage !== undefined) placeGarbage(root, path, what.garbage);
    },
    revert: async () => {
      if (stashed !== undefined) restorePath(root, stashed);
      stashed = undefined;
    },
  };
}

/** What can go wrong with any host. */
export const coreFaults = { moduleGone, reboot, missingPath, garbagePath, folderHangs } as const;
