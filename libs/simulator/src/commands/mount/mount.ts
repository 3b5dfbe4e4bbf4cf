import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readState } from '../../host/model.ts';
import { type CommandCall, type CommandOutcome, type HostCommand, unknownWords } from '../command.ts';
import { changeMounts } from './change-mounts.ts';
import { type Disk, diskAt, isInMemory, isKnown } from './file-systems.ts';
import { type MountRequest, mountOptions, mountRequest, superOptions } from './mount-request.ts';
import {
  allOptions,
  atStart,
  type MountTable,
  mountAt,
  mountModel,
  mountOver,
  ROOT,
  type TableMount,
  withMount,
} from './mount-table.ts';
import { MEMORY } from './placement.ts';

type Request = Extract<MountRequest, { kind: 'mount' }>;
/** Of XFS, which shows the one that counts. */
const quotaOptions = ['noquota', 'prjquota'];

type NewMount = Omit<TableMount, 'id' | 'parentId'>;

/** mount(8) of util-linux 2.38: disks with ext4 or XFS, memory, binds, remounts. */
export const mount: HostCommand = {
  name: 'mount',
  folder: '/usr/bin',
  run: (call) => {
    const request = mountRequest(call.args);
    switch (request.kind) {
      case 'list':
        return { code: 0, stdout: table(call).mounts.map(listLine).join('') };
      case 'unknown':
        return unknownWords('mount', request.words);
      case 'fstab':
        return { code: 1, stderr: `mount: ${request.target}: can't find in /etc/fstab.\n` };
      case 'propagation':
        return changeMount(call, call.hostPath(request.target), (one, found) =>
          one.id === found.id ? { ...one, private: request.private } : one,
        );
      case 'remount':
        return remount(call, call.hostPath(request.target), request.options);
      default:
        return mountNew(call, request);
    }
  },
};

function table({ root }: CommandCall): MountTable {
  return readState(root, mountModel) ?? atStart;
}

function listLine(one: TableMount): string {
  return `${one.source} on ${one.mountPoint} type ${one.fsType} (${allOptions(one).join(',')})\n`;
}

/** What the kernel refused, as libmount says it. */
function refused(target: string, why: string): CommandOutcome {
  const more = '       dmesg(1) may have more information after failed mount system call.\n';
  return { code: 32, stderr: `mount: ${target}: ${why}.\n${more}` };
}

function mountNew(call: CommandCall, request: Request): CommandOutcome {
  const target = call.hostPath(request.target);
  const at = statSync(call.root.path(target), { throwIfNoEntry: false });
  const source = statSync(call.root.path(call.hostPath(request.source)), { throwIfNoEntry: false });
  // A file is bound to a file.
  const isFolder = !request.bind || source?.isDirectory() !== false;
  if (at === undefined || at.isDirectory() !== isFolder) return refused(target, 'mount point does not exist');
  let outcome: CommandOutcome = { code: 0 };
  changeMounts(call.root, (before) => {
    const made = newMount(call, request, target, before);
    if (!('code' in made)) return withMount(before, made);
    outcome = made;
    return before;
  });
  call.step();
  return outcome;
}

function newMount(
  call: CommandCall,
  request: Request,
  target: string,
  before: MountTable,
): NewMount | CommandOutcome {
  if (request.bind) return bindMount(call, request, target, before);
  if (!isKnown(request.fsType)) return refused(target, `unknown filesystem type '${request.fsType}'`);
  if (request.fsType !== undefined && isInMemory(request.fsType)) {
    const fileSystem = `${MEMORY}${before.nextId}`;
    const device = `0:${40 + before.nextId}`;
    return described(request, target, { fsType: request.fsType, fileSystem, device, source: request.source });
  }
  return diskMount(call, request, target, before);
}

function diskMount(
  call: CommandCall,
  request: Request,
  target: string,
  before: MountTable,
): NewMount | CommandOutcome {
  const source = call.hostPath(request.source);
  const disk = diskAt(call.root, source);
  if (disk === undefined) return refused(target, `special device ${source} does not exist`);
  if (mountAt(before, target)?.fileSystem === disk.key) {
    return refused(target, `${disk.source} already mounted on ${target}`);
  }
  if (disk.held) return refused(target, `${disk.source} already mounted or mount point busy`);
  if (!fits(disk, request)) {
    const why = `wrong fs type, bad option, bad superblock on ${source}`;
    return refused(target, `${why}, missing codepage or helper program, or other error`);
  }
  const options = disk.readOnly ? [...request.options, 'ro'] : request.options;
  const { fsType = '', key: fileSystem, device } = disk;
  const quota = options.findLast((option) => quotaOptions.includes(option)) ?? 'noquota';
  const rest = options.filter((option) => !quotaOptions.includes(option));
  const own = disk.ownOptions.map((option) => (option === 'noquota' ? quota : option));
  const all = { ...request, options: [...rest, ...own] };
  return described(all, target, { fsType, fileSystem, device, source: disk.source });
}

function fits(disk: Disk, { fsType, options }: Request): boolean {
  if (disk.fsType === undefined || (fsType !== undefined && fsType !== disk.fsType)) return false;
  return disk.directAccess || !options.some((option) => option === 'dax' || option === 'dax=always');
}

function described(
  request: Request,
  mountPoint: string,
  what: Pick<NewMount, 'fsType' | 'fileSystem' | 'device' | 'source'>,
): NewMount {
  const { options } = request;
  return {
    ...what,
    root: '/',
    mountPoint,
    options: mountOptions(options),
    superOptions: superOptions(options),
  };
}

/** A folder in a second place: the kernel takes no other options with it. */
function bindMount(
  call: CommandCall,
  request: Request,
  mountPoint: string,
  before: MountTable,
): NewMount | CommandOutcome {
  const source = call.hostPath(request.source);
  const over = mountOver(before, source);
  if (over === undefined || statSync(call.root.path(source), { throwIfNoEntry: false }) === undefined) {
    return refused(mountPoint, `special device ${source} does not exist`);
  }
  const { options } = over;
  const node = diskAt(call.root, source);
  if (node !== undefined) return { ...deviceNode(node), options, mountPoint };
  const inside = join(over.root, source.slice(over.mountPoint === '/' ? 0 : over.mountPoint.length));
  const { device, fsType, superOptions: own, fileSystem } = over;
  const root = inside.length > 1 ? inside.replace(/\/$/, '') : inside;
  return { device, fsType, superOptions: own, fileSystem, options, source: over.source, root, mountPoint };
}

/** /dev is a file system of its own. */
function deviceNode({ path }: Disk): Omit<NewMount, 'options' | 'mountPoint'> {
  const what = { device: '0:5', fsType: 'devtmpfs', source: 'udev', superOptions: ['rw'], fileSystem: ROOT };
  return { ...what, root: path };
}

function remount(call: CommandCall, target: string, options: readonly string[]): CommandOutcome {
  return changeMount(call, target, (one, found) => remounted(one, found, options));
}

function changeMount(
  call: CommandCall,
  target: string,
  change: (one: TableMount, found: TableMount) => TableMount,
): CommandOutcome {
  const found = mountAt(table(call), target);
  if (found === undefined) return refused(target, 'mount point not mounted or bad option');
  changeMounts(call.root, (before) => ({
    ...before,
    mounts: before.mounts.map((one) => change(one, found)),
  }));
  call.step();
  return { code: 0 };
}

/** With `bind` only this mount changes, else also its file system, and so all its mounts. */
function remounted(one: TableMount, target: TableMount, options: readonly string[]): TableMount {
  const access = options.includes('ro') ? 'ro' : 'rw';
  const withAccess = (kept: readonly string[]): string[] => [access, ...kept.slice(1)];
  const own = one.id === target.id ? { options: withAccess(one.options) } : {};
  const shared = one.fileSystem === target.fileSystem && !options.includes('bind');
  return { ...one, ...own, ...(shared ? { superOptions: withAccess(one.superOptions) } : {}) };
}
