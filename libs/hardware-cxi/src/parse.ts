/** Fabric addresses have 20 bits (C_NID_ANY and friends in cassini_user_defs.h). */
export const maxNid = 0xfffff;

/** What `properties/nid` says while no address is set. */
const unsetNid = 0xffffffff;

/** A whole number, decimal or 0x-hex, that JavaScript holds exactly; undefined otherwise. */
export function parseWhole(text: string): number | undefined {
  if (!/^(-?\d{1,16}|0[xX][0-9a-fA-F]{1,13})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Reads a fabric address: a number, `unset`, or undefined for text that is neither. */
export function parseNid(text: string): number | 'unset' | undefined {
  const value = parseWhole(text);
  if (value === unsetNid) return 'unset';
  return value !== undefined && value >= 0 && value <= maxNid ? value : undefined;
}

/** A MAC address in lower case; undefined for anything else and for the all-zero one. */
export function parseMac(text: string): string | undefined {
  const mac = text.toLowerCase();
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && mac !== '00:00:00:00:00:00' ? mac : undefined;
}

/**
 * The fabric address that follows from a MAC address: its low 20 bits. Only an
 * address of the algorithmic kind (first byte 02) was given by the fabric; the
 * factory's own says nothing.
 */
export function nidOfMac(mac: string): number | undefined {
  return mac.startsWith('02:') ? Number.parseInt(mac.replaceAll(':', ''), 16) % (maxNid + 1) : undefined;
}

/**
 * Link speed in Mb/s from what the driver writes: a number of Mb/s
 * (`properties/speed`), `BS_200G` (Cassini 1 port) or `ck400G` (Cassini 2
 * port). 0 and -1 mean unknown.
 */
export function parseSpeed(text: string): number | undefined {
  const code = /^[A-Za-z]{2}_?(\d{1,4})G$/.exec(text);
  if (code !== null) return positive(Number(code[1]) * 1000);
  return positive(parseWhole(text) ?? 0);
}

function positive(value: number): number | undefined {
  return value > 0 ? value : undefined;
}

/** A PCI id such as `0x17db` as four hex digits. */
export function parsePciId(text: string): string | undefined {
  return /^0x[0-9a-fA-F]{4}$/.test(text) ? text.slice(2).toLowerCase() : undefined;
}

/** True for `dddd:bb:dd.f`, with the longer domains some platforms have. */
export function isPciAddress(text: string): boolean {
  return /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/.test(text);
}

/**
 * Length of BAR 0 from the PCI file `resource`, whose first line holds its
 * first and last address. Serves where `resource0` is not shown.
 */
export function bar0OfResource(text: string): number | undefined {
  const match = /^0x([0-9a-f]{16}) 0x([0-9a-f]{16}) /i.exec(text);
  if (match === null) return undefined;
  const size = BigInt(`0x${match[2]}`) - BigInt(`0x${match[1]}`) + 1n;
  return size > 1n && size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(size) : undefined;
}

/** Splits Linux's device number (sysmacros.h) into major and minor. */
export function splitDeviceNumber(rdev: number): { major: number; minor: number } {
  const value = BigInt(rdev);
  return {
    major: Number(((value >> 8n) & 0xfffn) | ((value >> 32n) & 0xfffff000n)),
    minor: Number((value & 0xffn) | ((value >> 12n) & 0xffffff00n)),
  };
}
