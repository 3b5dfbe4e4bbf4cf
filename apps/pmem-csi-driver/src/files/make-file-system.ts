import { HwError } from '@rackwright/core';
import { type HostTools, probeSignatures, type ToolCommand } from '@rackwright/storage';
import type { Device } from '../devices/device-manager.ts';
import type { FileSystem } from '../volumes/capabilities.ts';
import { isBlank } from './blank.ts';
import { fileSystemSize } from './file-system-size.ts';

const deadlineMs = 300_000;
/** Below this mkfs.xfs finds no room for its log, unless it makes fewer groups (xfsprogs 6.1). */
const smallXfs = 600n * 1024n * 1024n;

/**
 * Whether a device is to be formatted; one that has the file system already is not.
 *
 * @throws HwError AlreadyExists if something else is on it
 */
export async function needsFileSystem(
  tools: HostTools,
  { path, size }: Pick<Device, 'path' | 'size'>,
  type: FileSystem,
): Promise<boolean> {
  if (await isBlank(tools.root.path(path), size)) return true;
  const probe = await probeSignatures(tools, path);
  if (probe.kind === 'nothing') return true;
  const there = probe.kind === 'found' ? probe.type : 'several signatures';
  if (there === 'unknown') throw new HwError('Internal', `blkid does not say what is on ${path}`);
  if (there !== type)
    throw new HwError('AlreadyExists', `there is ${there} on the volume, and it is asked for with ${type}`);
  return false;
}

/** Formats a device, whatever is on it. */
export async function makeFileSystem(
  tools: HostTools,
  { path, size }: Pick<Device, 'path' | 'size'>,
  type: FileSystem,
): Promise<void> {
  await tools.expect(mkfsCommand(path, type, size), { deadlineMs });
}

/**
 * Files begin at multiples of 2 MiB, so that memory is mapped by large pages. Nothing is
 * discarded: a file would give the blocks back that it was given for its volume.
 */
export function mkfsCommand(device: string, type: FileSystem, size: bigint): ToolCommand {
  if (type === 'ext4')
    return ['mkfs.ext4', '-q', '-b', '4096', '-E', 'stride=512,stripe_width=512,nodiscard', '-F', device];
  const data = `su=2m,sw=1${size < smallXfs ? ',agcount=4' : ''}`;
  return ['mkfs.xfs', '-q', '-K', '-b', 'size=4096', '-m', 'reflink=0', '-d', data, '-f', device];
}

/**
 * Makes a mounted file system as large as its device.
 *
 * @throws HwError Internal if the program only says it has
 */
export async function growFileSystem(
  tools: HostTools,
  { type, device, path }: { readonly type: string; readonly device: Device; readonly path: string },
): Promise<void> {
  const command: ToolCommand = type === 'xfs' ? ['xfs_growfs', path] : ['resize2fs', device.path];
  await tools.expect(command, { deadlineMs });
  const { bytes, restBytes } = await fileSystemSize(tools, { type, device: device.path, path });
  if (bytes + restBytes >= device.size) return;
  const of = `the file system at ${path} at ${bytes} of ${device.size} bytes`;
  throw new HwError('Internal', `${command[0]} has left ${of} and says it has not`);
}
