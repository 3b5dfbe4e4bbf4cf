import { HwError } from '@rackwright/core';

/** What a kernel's `modules.dep` and `modules.builtin` say. */
export interface ModuleIndex {
  /** Paths a module needs, by its own path; both relative to the modules' folder. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  readonly builtin: ReadonlySet<string>;
}

export function parseModuleIndex(dependencies: string, builtin: string): ModuleIndex {
  const lines = dependencies.split('\n').filter((line) => line.includes(':'));
  return {
    needs: new Map(
      lines.map((line) => {
        const [path = '', rest = ''] = line.split(':');
        return [path, rest.split(' ').filter((word) => word !== '')];
      }),
    ),
    builtin: new Set(builtin.split('\n').map(moduleName)),
  };
}

/**
 * Paths of the modules `names` with all they need, in the order they are loaded.
 * What is built into the kernel is left out.
 *
 * @throws HwError NotFound naming the module that the kernel does not have
 */
export function loadOrder({ needs, builtin }: ModuleIndex, names: readonly string[]): string[] {
  const paths = new Map([...needs.keys()].map((path) => [moduleName(path), path]));
  const order = new Set<string>();
  for (const name of names) {
    const path = paths.get(moduleName(name));
    if (path === undefined && builtin.has(moduleName(name))) continue;
    if (path === undefined) throw new HwError('NotFound', `the guest's kernel has no module ${name}`);
    // The file names the nearest need first, and the last is what all others need.
    for (const one of [...(needs.get(path) ?? [])].reverse()) order.add(one);
    order.add(path);
  }
  return [...order];
}

/** A file's module name: hyphens and underscores are the same to the kernel. */
function moduleName(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.ko$/, '').replaceAll('-', '_');
}
