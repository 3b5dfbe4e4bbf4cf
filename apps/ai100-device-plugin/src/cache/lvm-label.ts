const sectorBytes = 512;
const sectors = 4;

/**
 * The identity that a disk says it has in LVM, from its first bytes, which a
 * report may have read some time ago from another disk. The label is in one of
 * the first sectors and says where the header with the uuid begins
 * (lib/format_text/layout.h of lvm2).
 */
export function pvUuidOf(start: Uint8Array): string | undefined {
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  for (let at = 0; at < sectors * sectorBytes; at += sectorBytes) {
    if (bytes.toString('latin1', at, at + 8) !== 'LABELONE') continue;
    if (bytes.toString('latin1', at + 24, at + 32) !== 'LVM2 001') continue;
    const header = at + bytes.readUInt32LE(at + 20);
    const uuid = bytes.toString('latin1', header, header + 32);
    const parts = /^(\w{6})(\w{4})(\w{4})(\w{4})(\w{4})(\w{4})(\w{6})$/.exec(uuid);
    if (parts !== null) return parts.slice(1).join('-');
  }
  return undefined;
}
