/** A file, or a folder when it has no content, of an initial ramdisk. */
export interface CpioEntry {
  /** Path without a leading slash; folders come before what is in them. */
  readonly path: string;
  readonly content?: Uint8Array;
  /** Permission bits; default 0o755. */
  readonly mode?: number;
}

const folderType = 0o040000;
const fileType = 0o100000;

/** Packs entries as the kernel unpacks them at boot: a cpio archive of the kind "newc", all owned by root. */
export function packCpio(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.flatMap((entry, i) => member(entry, i + 1));
  return Buffer.concat([...parts, ...member({ path: 'TRAILER!!!', mode: 0, content: new Uint8Array() }, 0)]);
}

function member({ path, content, mode = 0o755 }: CpioEntry, inode: number): Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  const body = content ?? new Uint8Array();
  const type = content === undefined ? folderType : fileType;
  const fields = [inode, inode === 0 ? 0 : type | mode, 0, 0, 1, 0, body.length, 0, 0, 0, 0, name.length, 0];
  const head = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return [head, name, padding(head.length + name.length), body, padding(body.length)];
}

function padding(length: number): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4);
}
