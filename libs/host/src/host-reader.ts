import type { HostRoot } from './host-root.ts';

/** What `stat` tells about a file; a `Stats` of node:fs is one. */
export interface HostFileStat {
  /** Length in bytes, as the file system states it (sysfs says 4096 for most attributes). */
  readonly size: number;
  /** Device number of a device node. */
  readonly rdev: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isCharacterDevice(): boolean;
}

/**
 * What hardware discovery needs of a host: small reads that never block and
 * never leave the root. What is not there is undefined, or an empty list;
 * what cannot be read is an `UnreadableError`, the only one thrown.
 * `HostFiles` reads a real tree; a test may give a tree in memory.
 */
export interface HostReader {
  readonly root: HostRoot;
  readText(hostPath: string): string | undefined;
  readTrimmed(hostPath: string): string | undefined;
  readInteger(hostPath: string): number | undefined;
  list(hostPath: string): string[];
  readLink(hostPath: string): string | undefined;
  stat(hostPath: string): HostFileStat | undefined;
  exists(hostPath: string): boolean;
  resolve(hostPath: string): string | undefined;
  /**
   * Runs `look`, during which the way to a folder is looked up once and then
   * remembered: many reads in the same folders cost half. Links that change
   * meanwhile may be missed.
   */
  batch<T>(look: () => T): T;
}
