/** Reads the records `LENGTH KEY=VALUE\n` of a pax header; what follows a damaged one is left out. */
export function parsePax(data: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  let at = 0;
  while (at < data.length) {
    const space = data.indexOf(0x20, at);
    const length = space === -1 ? Number.NaN : Number(data.toString('latin1', at, space));
    if (!Number.isInteger(length) || length < space - at + 3 || at + length > data.length) break;
    const record = data.subarray(space + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    // Values of extended attributes are bytes, not text; latin1 keeps each.
    const key = record.toString('utf8', 0, equals);
    const encoding = key.startsWith('SCHILY.xattr.') ? 'latin1' : 'utf8';
    if (equals > 0) records.set(key, record.toString(encoding, equals + 1));
    at += length;
  }
  return records;
}

/** Writes one record; its length counts its own digits. */
export function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
