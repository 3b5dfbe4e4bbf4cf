/** What is used of tar-stream, which ships no types. */
declare module 'tar-stream' {
  import type { Readable, Writable } from 'node:stream';

  /** An entry as it stands in an archive. */
  export interface Header {
    readonly name: string;
    /** Null for a kind the library does not know. */
    readonly type: string | null;
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
    readonly mtime: Date;
    readonly linkname: string | null;
    /** Records of the entry's pax header, and of the archive's. */
    readonly pax?: Readonly<Record<string, string>> | null;
  }

  /** Reads an archive that is written to it: each entry is to be read to its end before `next` is called. */
  export interface Extract extends Writable {
    on(event: 'entry', listener: (header: Header, contents: Readable, next: () => void) => void): this;
    on(event: 'finish', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }

  /** Writes an archive that is read from it. */
  export interface Pack extends Readable {
    entry(header: Omit<Header, 'pax'>, contents?: Buffer): unknown;
    finalize(): void;
  }

  export function extract(): Extract;
  export function pack(): Pack;
}
