import { folder, type TreeEntry, textFile, valueFiles } from './tree.ts';

/** A kernel module as /proc/modules and /sys/module show it. */
export interface KernelModule {
  readonly name: string;
  /** Default 16384. */
  readonly bytes?: number;
  /** Modules it uses, which therefore cannot go before it. */
  readonly needs?: readonly string[];
  /** Folders that come and go with it. */
  readonly folders?: readonly string[];
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** Taint flags as in /sys/module/NAME/taint; empty for a module of the kernel's own. */
  readonly taint?: string;
}

/** Modules by name; of one that is not in it only the name is known. */
export type KnownModules = ReadonlyMap<string, KernelModule>;

/** /proc/modules and /sys/module for the loaded modules; the first entry is /proc/modules. */
export function moduleTree(loaded: readonly string[], known: KnownModules): TreeEntry[] {
  return [
    textFile('/proc/modules', loaded.map((name) => moduleLine(name, loaded, known)).join('')),
    folder('/sys/module'),
    ...loaded.flatMap((name) => (known.get(name)?.folders ?? []).map(folder)),
    ...loaded.flatMap((name) => moduleFolder(name, loaded, known)),
  ];
}

/** Everything whose removal unloads a module. */
export function moduleRoots(name: string, known: KnownModules): string[] {
  return [`/sys/module/${name}`, ...(known.get(name)?.folders ?? [])];
}

function moduleLine(name: string, loaded: readonly string[], known: KnownModules): string {
  const users = usersOf(name, loaded, known);
  const { bytes = 16384, taint } = known.get(name) ?? {};
  const used = users.map((user) => `${user},`).join('') || '-';
  return `${name} ${bytes} ${users.length} ${used} Live 0x0000000000000000${taint ? ` (${taint})` : ''}\n`;
}

function moduleFolder(name: string, loaded: readonly string[], known: KnownModules): TreeEntry[] {
  const { taint = 'OE', parameters = {} } = known.get(name) ?? {};
  const refcnt = usersOf(name, loaded, known).length;
  return [
    ...valueFiles(`/sys/module/${name}`, { refcnt, initstate: 'live', taint }),
    ...valueFiles(`/sys/module/${name}/parameters`, parameters),
  ];
}

function usersOf(name: string, loaded: readonly string[], known: KnownModules): string[] {
  return loaded.filter((other) => known.get(other)?.needs?.includes(name));
}
