/** A PCI id such as `0x17db` as four lower-case hex digits; undefined for anything else. */
export function parsePciId(text: string): string | undefined {
  return /^0x[0-9a-fA-F]{4}$/.test(text) ? text.slice(2).toLowerCase() : undefined;
}

/** The class and subclass of a class code such as `0x010802`: `0108`; undefined for anything else. */
export function parsePciClass(text: string): string | undefined {
  return /^0x[0-9a-fA-F]{6}$/.test(text) ? text.slice(2, 6).toLowerCase() : undefined;
}

/** True for `dddd:bb:dd.f`, with the longer domains some platforms have. */
export function isPciAddress(text: string): boolean {
  return /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/.test(text);
}
