import { commonOptions, loadConfig } from '@rackwright/service';
import { options } from '../options.ts';

export type Fields = { [name: string]: unknown };

/** Differ by design: who installed it, and how nodes are chosen. */
const leftOut = ['labels', 'matchLabels', 'selector', 'affinity', 'nodeSelector'];

/** An object of an installation for comparison with that of another; flags as the app understands them. */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([name]) => !leftOut.includes(name));
  return Object.fromEntries(
    fields.map(([name, item]) => [name, name === 'args' ? understood(item as string[]) : comparable(item)]),
  );
}

function understood(argv: readonly string[]): Fields {
  return loadConfig({ ...commonOptions, ...options }, { argv, env: {}, readFile: () => '' });
}

/** Objects by kind and name. */
export function byName(documents: readonly Fields[]): Fields {
  return Object.fromEntries(
    documents.map((document) => {
      const { name } = document.metadata as { readonly name: string };
      return [`${String(document.kind)} ${name}`, comparable(document)];
    }),
  );
}
