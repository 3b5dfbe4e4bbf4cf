import { createHash } from 'node:crypto';

/** Length of a label value, and of the part of a label key behind its prefix (k8s.io/apimachinery validation). */
export const maxLabelLength = 63;
/** Length of most object names, a node's among them (RFC 1123 subdomain). */
export const maxNameLength = 253;
/** Hexadecimal digits that stand for what was cut off a name. */
export const digestLength = 10;

/** The start of a name that is kept when the whole does not fit into `max` characters. */
export function fittedStem(name: string, max: number): string {
  // A digest behind a dash or a dot would not be legal everywhere.
  return name.slice(0, max - digestLength - 1).replace(/[^A-Za-z0-9]+$/, '');
}

/**
 * A legal name of at most `max` characters for a legal name of any length: the
 * name itself where it fits, else its start and a digest of the whole, so that
 * two long names that begin alike stay two. It never changes for a given name.
 */
export function fitName(name: string, max: number): string {
  if (name.length <= max) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, digestLength);
  return `${fittedStem(name, max)}-${digest}`;
}
