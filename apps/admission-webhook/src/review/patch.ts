/** One operation of a JSON patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}

/**
 * The patch that makes `after` of `before`, both plain JSON. Maps are changed
 * key by key, so that what others add beside stays; lists are replaced.
 */
export function jsonPatch(before: unknown, after: unknown, path = ''): PatchOperation[] {
  if (!isMap(before) || !isMap(after)) {
    return isEqual(before, after) ? [] : [{ op: 'replace', path, value: after }];
  }
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key) || after[key] === undefined);
  const operations: PatchOperation[] = gone.map((key) => ({ op: 'remove', path: `${path}/${escaped(key)}` }));
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const place = `${path}/${escaped(key)}`;
    if (Object.hasOwn(before, key)) operations.push(...jsonPatch(before[key], value, place));
    else operations.push({ op: 'add', path: place, value });
  }
  return operations;
}

/** RFC 6901. */
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isEqual(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
