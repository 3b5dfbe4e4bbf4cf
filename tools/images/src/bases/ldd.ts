/**
 * The shared libraries that `ldd` lists, by path; the kernel's own page and what
 * is not found are left out of the first and named in the second.
 */
export function parseLdd(text: string): { readonly found: string[]; readonly missing: string[] } {
  const found: string[] = [];
  const missing: string[] = [];
  for (const line of text.split('\n')) {
    const lost = /^\s*(\S+)\s+=>\s+not found/.exec(line);
    if (lost !== null) missing.push(lost[1] ?? '');
    const path = /(?:=>\s+|^\s*)(\/\S+)(?:\s+\(0x[0-9a-f]+\))?\s*$/.exec(line);
    if (path !== null) found.push(path[1] ?? '');
  }
  return { found: [...new Set(found)].sort(), missing };
}
