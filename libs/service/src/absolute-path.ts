/** What is wrong with an option that names a file or folder; undefined for an absolute path that climbs nowhere. */
export function absolutePath(path: string): string | undefined {
  return path.startsWith('/') && !path.split('/').includes('..') ? undefined : 'it must be an absolute path';
}
