import type { Orphan, OrphanKind } from './compare.ts';

const remedies: Readonly<Record<OrphanKind, string>> = {
  NoPersistentVolume:
    'make a PersistentVolume with the id as volumeHandle to have its data back, or delete the volume with DeleteVolume',
  NoVolume: 'the data is gone or on another node; delete the PersistentVolume once nobody needs its name',
  NoDevice:
    'see whether the memory is there and enabled (ndctl list -Ni); the driver removes the file when it starts',
  NoStateFile:
    'see what is in it and remove it by hand, or give it a state file with its id, size and parameters',
  Unreadable: 'the driver writes it anew from the device when it starts; else remove it by hand',
};

/** For programs. */
export function formatJson(node: string, orphans: readonly Orphan[]): string {
  return `${JSON.stringify({ node, orphans }, undefined, 2)}\n`;
}

/** For people: a table, and what to do about each kind there is. */
export function formatText(node: string, orphans: readonly Orphan[]): string {
  if (orphans.length === 0) return `no orphans on ${node}\n`;
  const widths = {
    kind: Math.max(...orphans.map(({ kind }) => kind.length)),
    id: Math.max(...orphans.map(({ id }) => id.length)),
  };
  const lines = orphans.map(
    ({ kind, id, note }) => `${kind.padEnd(widths.kind)}  ${id.padEnd(widths.id)}  ${note}\n`,
  );
  const kinds = [...new Set(orphans.map(({ kind }) => kind))].sort();
  return `${lines.join('')}\n${kinds.map((kind) => `${kind}: ${remedies[kind]}\n`).join('')}`;
}
