import type { HardwareModel } from '../../host/model.ts';
import { link, type TreeEntry, textFile } from '../../host/tree.ts';

/** A mount of a host. */
export interface TableMount {
  readonly id: number;
  readonly parentId: number;
  /** `major:minor`. */
  readonly device: string;
  /** What is mounted, in its file system. */
  readonly root: string;
  readonly mountPoint: string;
  readonly options: readonly string[];
  /** What is mounted below it is seen in this mount namespace alone; systemd makes mounts shared. */
  readonly private?: boolean;
  readonly fsType: string;
  readonly source: string;
  /** Of the file system, for all its mounts. */
  readonly superOptions: readonly string[];
  /** Which file system it is; that of the host itself is `root`. */
  readonly fileSystem: string;
}

/** What is mounted on a host, the oldest first. */
export interface MountTable {
  readonly mounts: readonly TableMount[];
  readonly nextId: number;
  /** What file systems know of their projects. */
  readonly projects?: Projects;
}

/** Folders of XFS that are projects, and how much those may hold. */
export interface Projects {
  /** By file system and inode. */
  readonly folders: Readonly<Record<string, number>>;
  /** In KiB, by file system and project. */
  readonly limits: Readonly<Record<string, number>>;
}

/** The file system of the host itself. */
export const ROOT = 'root';

/** A host on which nothing is mounted yet. */
export const atStart: MountTable = {
  mounts: [
    {
      ...{ id: 1, parentId: 0, device: '0:1', root: '/', mountPoint: '/', options: ['rw', 'relatime'] },
      ...{ fsType: 'ext4', source: '/dev/root', superOptions: ['rw'], fileSystem: ROOT },
    },
  ],
  nextId: 2,
};

/** The table as the kernel shows it to every process of the host. */
export const mountModel: HardwareModel<MountTable> = {
  name: 'mounts',
  tree: ({ mounts }): TreeEntry[] => {
    const mountinfo = mounts.map(mountinfoLine).join('');
    return [
      textFile('/proc/self/mountinfo', mountinfo),
      textFile('/proc/self/mounts', mounts.map(mountsLine).join('')),
      textFile('/proc/1/mountinfo', mountinfo),
      textFile('/proc/1/mounts', mounts.map(mountsLine).join('')),
      link('/proc/mounts', 'self/mounts'),
    ];
  },
};

/** Each shared mount is a peer group of its own, as systemd's are. */
function mountinfoLine(mount: TableMount): string {
  const { id, parentId, device, root, mountPoint, options, fsType, source, superOptions } = mount;
  const place = `${id} ${parentId} ${device} ${escaped(root)} ${escaped(mountPoint)} ${options.join(',')}`;
  const propagation = mount.private === true ? '' : ` shared:${id}`;
  return `${place}${propagation} - ${fsType} ${escaped(source)} ${superOptions.join(',')}\n`;
}

function mountsLine(mount: TableMount): string {
  return `${escaped(mount.source)} ${escaped(mount.mountPoint)} ${mount.fsType} ${allOptions(mount).join(',')} 0 0\n`;
}

/** Options as mount(8) and /proc/mounts show them: read-only if either is. */
export function allOptions({ options, superOptions }: TableMount): string[] {
  const access = options.includes('ro') || superOptions.includes('ro') ? 'ro' : 'rw';
  return [access, ...[...options, ...superOptions].filter((option) => option !== 'rw' && option !== 'ro')];
}

/** Blanks and backslashes as the kernel writes them. */
function escaped(text: string): string {
  return text.replaceAll(
    /[ \t\n\\]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

/** The newest mount at this place, which hides those before it. */
export function mountAt({ mounts }: MountTable, mountPoint: string): TableMount | undefined {
  return mounts.findLast((mount) => mount.mountPoint === mountPoint);
}

/** The mount a path lies in. */
export function mountOver({ mounts }: MountTable, path: string): TableMount | undefined {
  const over = mounts.filter(({ mountPoint: at }) => at === '/' || path === at || path.startsWith(`${at}/`));
  return over.reduce<TableMount | undefined>(
    (best, one) => (best === undefined || one.mountPoint.length >= best.mountPoint.length ? one : best),
    undefined,
  );
}

export function withMount(table: MountTable, mount: Omit<TableMount, 'id' | 'parentId'>): MountTable {
  const parentId = mountOver(table, mount.mountPoint)?.id ?? 1;
  return {
    ...table,
    mounts: [...table.mounts, { ...mount, id: table.nextId, parentId }],
    nextId: table.nextId + 1,
  };
}

export function withoutMount(table: MountTable, id: number): MountTable {
  return { ...table, mounts: table.mounts.filter((mount) => mount.id !== id) };
}
