/** What an exporter says of itself. */
export interface Handshake {
  readonly node: string;
  readonly version: string;
  /** Changes when its drives do. */
  readonly inventoryDigest: string;
}

/** Reads the body of a handshake; undefined for anything else. */
export function readHandshake(body: unknown): Handshake | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { node, version, inventoryDigest } = body as Record<string, unknown>;
  return isText(node, 253) && isText(version, 128) && isText(inventoryDigest, 128)
    ? { node, version, inventoryDigest }
    : undefined;
}

/** Of printable ASCII: it becomes the value of a metric's label. */
function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength && /^[!-~]+$/.test(value);
}
