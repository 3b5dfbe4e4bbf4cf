/** What an entry of a tar archive is. */
export type TarType = 'file' | 'directory' | 'symlink' | 'link' | 'character' | 'block' | 'fifo';

/** One entry of a tar archive. */
export interface TarEntry {
  /** Relative, without `./` in front and `/` at the end. */
  readonly path: string;
  readonly type: TarType;
  /** Permission bits, with set-uid, set-gid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Where a link points to, as written. */
  readonly target: string;
  readonly data: Buffer;
  /** Extended attributes by name, such as `security.capability`. */
  readonly xattrs: ReadonlyMap<string, string>;
}

/** An entry made here: root's, dated 1970, so that only its contents tell it from another. */
export function tarEntry(path: string, type: TarType, mode: number, rest: Partial<TarEntry> = {}): TarEntry {
  return {
    ...{ uid: 0, gid: 0, mtime: 0, target: '', data: Buffer.alloc(0), xattrs: new Map() },
    ...rest,
    ...{ path, type, mode },
  };
}
