import { open } from 'node:fs/promises';

/** Which state of its volume group a physical volume holds. */
export interface GroupVersion {
  /** As a report has it, with its dashes. */
  readonly vgUuid: string;
  /** One more after every change of the group, whoever made it. */
  readonly seqno: number;
}

// What follows is lvm2's lib/format_text/layout.h, whose first version every LVM2 writes.
const sectorBytes = 512;
/** The label is in one of the first four sectors; the header of the metadata follows at once as a rule. */
const headBytes = 8192;
const labelSectors = 4;
const areaMagic = ' LVM2 x[5A%r0N*>';
/** Enough for the first three lines of the text, with the longest of names. */
const textBytes = 512;

/**
 * Reads which version of its group is on a physical volume: two small reads in place
 * of a program of LVM. Any other version means that somebody changed the group.
 *
 * @param path the device as this process sees it
 * @returns undefined if it is in no group, holds no metadata or has them elsewhere than usual
 * @throws what the file system says if it cannot be read
 */
export async function readGroupVersion(path: string): Promise<GroupVersion | undefined> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const at = textPosition(buffer.subarray(0, bytesRead));
    if (at === undefined) return undefined;
    const text = await file.read(Buffer.alloc(textBytes), 0, textBytes, at);
    return parseVersion(text.buffer.toString('latin1', 0, text.bytesRead));
  } finally {
    await file.close();
  }
}

/** Where on the device the text of the newest metadata begins. */
function textPosition(head: Buffer): number | undefined {
  const area = areaPosition(head);
  if (area === undefined || area + sectorBytes > head.length) return undefined;
  const header = head.subarray(area, area + sectorBytes);
  if (header.toString('latin1', 4, 20) !== areaMagic) return undefined;
  const [start, offset] = [header.readBigUInt64LE(24), header.readBigUInt64LE(40)];
  return offset === 0n ? undefined : Number(start + offset);
}

/** Where the first metadata area is, as the label says. */
function areaPosition(head: Buffer): number | undefined {
  for (let i = 0; i < labelSectors; i += 1) {
    const sector = head.subarray(i * sectorBytes, (i + 1) * sectorBytes);
    if (sector.length < sectorBytes || sector.toString('latin1', 0, 8) !== 'LABELONE') continue;
    // Identifier and size of the device, then two lists of places, each ended by an empty one.
    const lists = sector.readUInt32LE(20) + 40;
    const dataEnd = endOfList(sector, lists);
    return dataEnd === undefined ? undefined : placeAt(sector, dataEnd);
  }
  return undefined;
}

function endOfList(sector: Buffer, from: number): number | undefined {
  for (let at = from; at + 16 <= sectorBytes; at += 16) {
    if (sector.readBigUInt64LE(at) === 0n) return at + 16;
  }
  return undefined;
}

function placeAt(sector: Buffer, at: number): number | undefined {
  if (at + 16 > sectorBytes) return undefined;
  const offset = sector.readBigUInt64LE(at);
  return offset === 0n || offset > BigInt(headBytes) ? undefined : Number(offset);
}

/** `name {`, the identifier and the number come first (lib/format_text/export.c). */
function parseVersion(text: string): GroupVersion | undefined {
  const [, vgUuid, seqno] = /^\S+ \{\n\s*id = "([\w-]{38})"\n\s*seqno = (\d{1,10})\n/.exec(text) ?? [];
  return vgUuid === undefined ? undefined : { vgUuid, seqno: Number(seqno) };
}
