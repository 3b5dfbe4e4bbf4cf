import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parse } from 'yaml';

/** The chart that holds all others. */
export const umbrellaFolder = 'charts/rackwright';

const helpersFolder = 'charts/common/templates';
const header = '{{- /* Generated from charts/common by `npm run generate`. Do not edit. */ -}}\n';

/** Files of a chart's folder that are about this workspace and not part of the chart. */
const workspaceFiles: ReadonlySet<string> = new Set(['project.json', '.helmignore']);

/** Names of the charts that can be installed. */
export async function chartNames(root: string): Promise<string[]> {
  const entries = await readdir(join(root, 'charts'), { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return names.filter((name) => name !== 'common').sort();
}

/** Names of the charts a chart holds. */
export async function dependenciesOf(root: string, chart: string): Promise<string[]> {
  const text = await readFile(join(root, 'charts', chart, 'Chart.yaml'), 'utf8');
  const { dependencies = [] } = parse(text) as { dependencies?: readonly { readonly name: string }[] };
  return dependencies.map(({ name }) => name);
}

/** The shared helpers, as one file in the templates of each chart. */
export async function chartHelpers(root: string): Promise<[string, string][]> {
  const names = (await readdir(join(root, helpersFolder))).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(root, helpersFolder, name), 'utf8')));
  const helpers = header + texts.join('\n');
  return (await chartNames(root)).map((chart) => [`charts/${chart}/templates/_common.tpl`, helpers]);
}

/**
 * The folders charts/rackwright/charts/*, equal to charts/*: Helm wants real
 * files below a chart, and warns of every symbolic link (docs/adr/0004). What is
 * there and has no original must not be there.
 *
 * @param generated files of the charts that are generated themselves
 */
export async function subchartCopies(
  root: string,
  generated: ReadonlyMap<string, string>,
): Promise<Map<string, string | undefined>> {
  const target = `${umbrellaFolder}/charts`;
  const copies = new Map<string, string | undefined>();
  for (const path of await filesBelow(root, target)) copies.set(path, undefined);
  for (const chart of await dependenciesOf(root, 'rackwright')) {
    const folder = `charts/${chart}`;
    const made = [...generated.keys()].filter((path) => path.startsWith(`${folder}/`));
    const sources = new Set([...(await filesBelow(root, folder)), ...made]);
    for (const source of sources) {
      if (workspaceFiles.has(source.slice(folder.length + 1))) continue;
      const content = generated.get(source) ?? (await readFile(join(root, source), 'utf8'));
      copies.set(`${target}/${source.slice('charts/'.length)}`, content);
    }
  }
  return copies;
}

/** Paths below the root of every file in a folder; none when there is no such folder. */
export async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
