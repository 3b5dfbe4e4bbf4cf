import { readdirSync, readFileSync } from 'node:fs';
import type { HostRoot } from '@rackwright/host';
import { portTree } from './board-tree.ts';
import type { NicFunction } from './nic.ts';

/** The files, with their new content, that change when a link goes up or down. */
export function linkChange(
  root: HostRoot,
  nic: NicFunction,
  state: 'up' | 'down',
  nowMs: number,
): [path: string, content: string][] {
  const properties = `${nic.folder}/properties/link`;
  const was = readOr(root, properties, '').trim();
  const files: [string, string][] = [[properties, state === 'up' ? '1\n' : '0\n']];
  if (nic.kind === 'pf') files.push(...portFiles(nic, state));
  if (names(root, `${nic.folder}/net`).includes(nic.netdev)) {
    files.push([`${nic.folder}/net/${nic.netdev}/operstate`, `${state}\n`]);
    files.push([`${nic.folder}/net/${nic.netdev}/carrier`, state === 'up' ? '1\n' : '0\n']);
  }
  if (nic.kind === 'pf' && was === '0' && state === 'up') files.push(restart(root, nic, nowMs));
  return files;
}

function portFiles(nic: NicFunction, state: 'up' | 'down'): [string, string][] {
  return portTree(nic, state).flatMap((entry): [string, string][] =>
    entry.kind === 'file' && /\/(link|state)$/.test(entry.path) ? [[entry.path, String(entry.content)]] : [],
  );
}

/** The ring of ten restart times: the first unused slot, else the oldest. */
function restart(root: HostRoot, nic: NicFunction, nowMs: number): [string, string] {
  const times = Array.from({ length: 10 }, (_, i) => {
    const path = `${nic.folder}/link_restarts/time_${i}`;
    return { path, at: Number(readOr(root, path, '0')) };
  });
  const oldest = times.reduce((a, b) => (b.at < a.at ? b : a));
  return [oldest.path, `${Math.floor(nowMs / 1000)}\n`];
}

function readOr(root: HostRoot, path: string, otherwise: string): string {
  try {
    return readFileSync(root.path(path), 'utf8');
  } catch {
    return otherwise;
  }
}

function names(root: HostRoot, path: string): string[] {
  try {
    return readdirSync(root.path(path));
  } catch {
    return [];
  }
}
