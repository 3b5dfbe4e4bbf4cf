import { posix } from 'node:path';
import { compareNatural } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';

/** Where libraries are looked for: a host folder, and how their names begin. */
export interface LibrarySource {
  readonly folder: string;
  readonly prefix: string;
}

/** One library file as a container sees it. */
export interface Library {
  /** Path in the container: the same name in the same folder. */
  readonly containerPath: string;
  /** Path on the host of the file all links lead to. */
  readonly hostPath: string;
}

/** The libraries a process needs to use a NIC. */
export function librarySources(roots: {
  readonly ofiRoot: string;
  readonly cxiRoot: string;
}): LibrarySource[] {
  return [
    { folder: roots.ofiRoot, prefix: 'libfabric' },
    { folder: roots.cxiRoot, prefix: 'libcxi' },
  ];
}

/**
 * Finds library files. A chain of links (libfabric.so → libfabric.so.1 → …) gives
 * one entry for each name, all leading to the real file, also where that lies in
 * another folder. Links that lead nowhere are left out.
 */
export function findLibraries(files: HostReader, sources: readonly LibrarySource[]): Library[] {
  const found = new Map<string, Library>();
  for (const { folder, prefix } of sources) {
    for (const name of files.list(folder)) {
      if (!name.startsWith(prefix)) continue;
      const containerPath = posix.join(folder, name);
      const hostPath = files.resolve(containerPath);
      if (hostPath === undefined || !files.stat(hostPath)?.isFile()) continue;
      found.set(containerPath, { containerPath, hostPath });
    }
  }
  return [...found.values()].sort((a, b) => compareNatural(a.containerPath, b.containerPath));
}
