import { statSync } from 'node:fs';
import { FatalError, ownPath, type Program } from '../process/program.ts';
import type { LocalConfig } from './local-config.ts';

/**
 * A target's mountpaths with where they are on this machine.
 *
 * @throws FatalError for none, one that is missing, or two unlabelled ones on one file system
 */
export function checkedMountpaths(program: Program, local: LocalConfig): Map<string, string> {
  if (local.mountpaths.size === 0) throw new FatalError('no mountpaths: fspaths is empty');
  const fileSystems = new Map<number, { readonly path: string; readonly label: string }>();
  const found = new Map<string, string>();
  for (const [path, label] of local.mountpaths) {
    const here = ownPath(program, path);
    const status = statSync(here, { throwIfNoEntry: false });
    if (status?.isDirectory() !== true) throw new FatalError(`mountpath "${path}" does not exist`);
    const other = fileSystems.get(status.dev);
    // The disks of a simulated node are folders of one file system.
    const isSimulated = here !== path;
    if (!isSimulated && other !== undefined && (label === '' || label !== other.label)) {
      throw new FatalError(`filesystem sharing is not allowed: mountpaths "${other.path}" and "${path}"`);
    }
    fileSystems.set(status.dev, { path, label });
    found.set(path, here);
  }
  return found;
}
