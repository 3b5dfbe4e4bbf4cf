import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Sockets by path, each with a text that differs once it is made anew. */
export type PluginSockets = ReadonlyMap<string, string>;

/** Every socket in a folder and the folders in it; names with a leading dot do not count, as to the kubelet. */
export async function pluginSockets(folder: string): Promise<PluginSockets> {
  const found = new Map<string, string>();
  for (const name of await readdir(folder).catch(() => [])) {
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    const stat = await lstat(path).catch(() => undefined);
    if (stat?.isSocket()) found.set(path, identity(stat));
    else if (stat?.isDirectory()) for (const [one, id] of await pluginSockets(path)) found.set(one, id);
  }
  return found;
}

/** Not the time of its last change: a server may still set its mode. */
function identity({ dev, ino, birthtimeMs }: Stats): string {
  return `${dev}:${ino}:${birthtimeMs}`;
}
