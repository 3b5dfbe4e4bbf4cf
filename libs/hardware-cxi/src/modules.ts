import type { HostReader } from '@rackwright/host';

/** Names of the loaded kernel modules (/proc/modules), with `_` where a file name has `-`. */
export function loadedModules(files: HostReader): ReadonlySet<string> {
  const text = files.readText(files.root.proc('modules')) ?? '';
  const names = text.split('\n').map((line) => line.split(' ', 1)[0]?.replaceAll('-', '_') ?? '');
  return new Set(names.filter((name) => name !== ''));
}
