import { type HostReader, type Mount, parseMountinfo } from '@rackwright/host';
import type { FileSystemType } from './file-systems.ts';
import type { HostTools } from './host-tools.ts';

/** A mount to be made; paths are the host's. */
export interface MountSpec {
  readonly source: string;
  readonly target: string;
  readonly type: FileSystemType;
  readonly options: readonly string[];
}

/** Mounts a file system in the host's mount namespace. */
export async function mount(tools: HostTools, spec: MountSpec, signal?: AbortSignal): Promise<void> {
  const { source, target, type, options } = spec;
  const words = options.length === 0 ? [] : ['-o', options.join(',')];
  await tools.expect(['mount', '-t', type, ...words, source, target], signal && { signal });
}

/** Takes a mount away; it is refused while in use, and never forced. */
export async function unmount(tools: HostTools, target: string, signal?: AbortSignal): Promise<void> {
  await tools.expect(['umount', target], signal && { signal });
}

/** The host's mounts, as its first process sees them. @throws UnreadableError if they cannot be read */
export function hostMounts(files: HostReader): Mount[] {
  return parseMountinfo(files.readText(files.root.proc('1', 'mountinfo')) ?? '');
}

/** The mount that is on top at a path; undefined if nothing is mounted there. */
export function mountAt(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts.findLast(({ mountPoint }) => mountPoint === path);
}

/** Whether nothing can be written there: the mount says so, or its file system, as after an error. */
export function isReadOnly({ options, superOptions }: Mount): boolean {
  return options.includes('ro') || superOptions.includes('ro');
}

/** The mount a path lies in; undefined if none is known. */
export function mountOver(mounts: readonly Mount[], path: string): Mount | undefined {
  const over = mounts.filter(({ mountPoint: at }) => at === '/' || path === at || path.startsWith(`${at}/`));
  // Of those at the same place the newest hides the others.
  return over.reduce<Mount | undefined>(
    (best, one) => (best === undefined || one.mountPoint.length >= best.mountPoint.length ? one : best),
    undefined,
  );
}
