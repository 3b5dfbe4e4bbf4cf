import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chartNames } from './chart-copies.ts';

/**
 * Includes of templates that are defined nowhere in their chart, one line each.
 * Helm would say so only when the line is rendered, which some values prevent.
 *
 * @param files name → text of the templates of one chart
 */
export function undefinedIncludes(files: ReadonlyMap<string, string>): string[] {
  const defined = new Set([...files.values()].flatMap((text) => names(text, 'define')));
  return [...files].flatMap(([path, text]) =>
    names(text, 'include')
      .filter((name) => !defined.has(name))
      .map((name) => `${path}: includes "${name}", which is defined nowhere in the chart`),
  );
}

function names(text: string, word: 'define' | 'include'): string[] {
  return [...text.matchAll(new RegExp(`\\b${word} "([^"]+)"`, 'g'))].map(([, name = '']) => name);
}

/** The same for every chart of the workspace. */
export async function chartIncludeViolations(root: string): Promise<string[]> {
  const charts = (await chartNames(root)).map(async (chart) => {
    const folder = join('charts', chart, 'templates');
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const texts = paths.map(
      async (path) => [path.slice(root.length + 1), await readFile(path, 'utf8')] as const,
    );
    return undefinedIncludes(new Map(await Promise.all(texts)));
  });
  return (await Promise.all(charts)).flat();
}
