import { discovery } from '@rackwright/keys';

/** The kinds of hardware that are looked for, each of which can be read or not by itself. */
export const sourceNames = ['pci', 'cxi', 'ai100', 'pmem', 'storage'] as const;
export type SourceName = (typeof sourceNames)[number];

const { label, nfdDomain } = discovery;

const fixed: ReadonlyMap<string, SourceName> = new Map([
  ...entries(Object.values(label.cxi), 'cxi'),
  ...entries(Object.values(label.ai100), 'ai100'),
  ...entries([...Object.values(label.pmem), label.memoryPresent, label.memoryDax], 'pmem'),
  ...entries([label.nonRotationalDisk], 'storage'),
]);

function entries(keys: readonly string[], source: SourceName): (readonly [string, SourceName])[] {
  return keys.map((key) => [key, source]);
}

/** Which source a label comes from; undefined for one that no source of this version gives. */
export function sourceOf(key: string): SourceName | undefined {
  return fixed.get(key) ?? (key.startsWith(`${nfdDomain}pci-`) ? 'pci' : undefined);
}
