import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Lines of a recorded sysfs, or of a listing made here: what each path below a folder holds. */
export type Tree = ReadonlyMap<string, string>;

/** Reads a recorded dump: `path = "text"`, `path -> target`, `path/` and `path = <what cannot be read>`. */
export function recordedTree(file: URL, from: string): Tree {
  return treeOf(readFileSync(file, 'utf8').split('\n'), from);
}

/** What stands below `from`: links as the path they lead to, `from` itself as `.`. */
export function treeOf(lines: readonly string[], from: string): Tree {
  const below = lines.filter((line) => line.startsWith(`${from}/`));
  return new Map(below.map((line) => entryOf(line, from)));
}

function entryOf(line: string, from: string): [string, string] {
  const [, path = '', sign = '', rest = ''] =
    /^(\S+?)(?: \(\d+\))? (=|->) (.*)$/.exec(line) ?? /^(\S+)\/()()$/.exec(line) ?? [];
  const name = path.slice(from.length + 1);
  if (sign !== '->') return [name, sign === '=' ? rest : 'folder'];
  const target = resolve(dirname(path), rest);
  return [name, `-> ${target.startsWith(from) ? `.${target.slice(from.length)}` : target}`];
}

/** Entries of one tree that are not the same in another, by name. What could not be read when recorded is missing. */
export function differences(recorded: Tree, made: Tree, ignore: RegExp): string[] {
  return [...recorded].flatMap(([name, value]) => {
    const here = made.get(name);
    if (ignore.test(name) || here === value || (here === undefined && /^<E[A-Z]+>$/.test(value))) return [];
    return [`${name}: recorded ${value}, here ${here ?? 'missing'}`];
  });
}
