import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HostRoot } from '@rackwright/host';
import { changeMounts } from '../commands/mount/change-mounts.ts';
import {
  atStart,
  mountModel,
  mountOver,
  type Projects,
  type TableMount,
} from '../commands/mount/mount-table.ts';
import { readState } from '../host/model.ts';

const noProjects: Projects = { folders: {}, limits: {} };

export function projectsOf(root: HostRoot): Projects {
  return readState(root, mountModel)?.projects ?? noProjects;
}

export function changeProjects(root: HostRoot, change: (before: Projects) => Projects): void {
  changeMounts(root, (before) => ({ ...before, projects: change(before.projects ?? noProjects) }));
}

/** The mount of XFS a path of the host lies in; undefined where there is another or none. */
export function xfsOver(root: HostRoot, path: string): TableMount | undefined {
  const found = mountOver(readState(root, mountModel) ?? atStart, path);
  return found?.fsType === 'xfs' ? found : undefined;
}

/** A folder by what stays the same when it is renamed. */
export function folderKey(root: HostRoot, { fileSystem }: TableMount, path: string): string {
  return `${fileSystem} ${statSync(root.path(path)).ino}`;
}

export function limitKey({ fileSystem }: TableMount, project: number): string {
  return `${fileSystem} ${project}`;
}

/** What files and folders of a project come to. */
export interface ProjectUse {
  readonly files: number;
  readonly kib: number;
}

/** Use by project: what is in a folder belongs to its project unless it is one itself. */
export function projectUse(root: HostRoot, mount: TableMount): Map<number, ProjectUse> {
  const { folders } = projectsOf(root);
  const use = new Map<number, ProjectUse>([[0, { files: 0, kib: 0 }]]);
  const add = (path: string, above: number): void => {
    const stat = statSync(root.path(path), { throwIfNoEntry: false });
    if (stat === undefined) return;
    const project = folders[folderKey(root, mount, path)] ?? above;
    const { files, kib } = use.get(project) ?? { files: 0, kib: 0 };
    use.set(project, { files: files + 1, kib: kib + (stat.isFile() ? Math.ceil(stat.size / 1024) : 0) });
    if (stat.isDirectory()) for (const name of readdirSync(root.path(path))) add(join(path, name), project);
  };
  add(mount.mountPoint, 0);
  return use;
}
