import { open, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import { makeFileSystem } from '../files/make-file-system.ts';
import type { NodeTools } from '../files/node-tools.ts';
import type { FileSystem } from '../volumes/capabilities.ts';
import { headerBytes, imageHeader } from './image-header.ts';

/** What PMEM-CSI called it; the runtime of Kata Containers looks for it. */
export const imageName = 'kata-containers-pmem-csi-vm.img';
/** Not yet an image: what is in it counts for nothing. */
const unfinished = `${imageName}.new`;
/** What a file system keeps for itself when a file takes all that is free, in large pages. */
const spareSteps = 8;

/**
 * Makes the image in the file system of a volume, if it is not there: a file as large
 * as there is room, with a file system of its own behind a header. A crash leaves a
 * file of another name, which is made anew.
 *
 * @param folder where the volume is mounted
 * @returns the path of the image
 * @throws HwError ResourceExhausted
 */
export async function ensureImage(node: NodeTools, folder: string, type: FileSystem): Promise<string> {
  const image = join(folder, imageName);
  if ((await stat(node.path(image)).catch(() => undefined)) !== undefined) return image;
  const draft = join(folder, unfinished);
  await detach(node, draft);
  await rm(node.path(draft), { force: true });
  const bytes = await takeRoom(node, folder, draft);
  await writeHeader(node.path(draft), bytes);
  await format(node, draft, { bytes, type });
  await rename(node.path(draft), node.path(image));
  await sync(node.path(folder));
  return image;
}

/** Gives a file all that is free, in large pages. */
async function takeRoom(node: NodeTools, folder: string, file: string): Promise<bigint> {
  const page = BigInt(headerBytes);
  const { bavail, bsize } = await statfs(node.path(folder), { bigint: true });
  const pages = (bavail * bsize) / page;
  for (let left = pages; left > 1n && left > pages - BigInt(spareSteps); left -= 1n) {
    const { code } = await node.tools.run(['fallocate', '-l', `${left * page}`, file]);
    if (code === 0) return left * page;
    await rm(node.path(file), { force: true });
  }
  throw new HwError('ResourceExhausted', `there is no room for an image for kataContainers in ${folder}`);
}

async function writeHeader(path: string, bytes: bigint): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(imageHeader(bytes), 0, undefined, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a change of names in a folder last. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function format(
  node: NodeTools,
  file: string,
  { bytes, type }: { readonly bytes: bigint; readonly type: FileSystem },
): Promise<void> {
  const printed = await node.tools.expect(['losetup', '-f', '--show', '-o', `${headerBytes}`, file]);
  const device = printed.trim();
  try {
    await makeFileSystem(node.tools, { path: device, size: bytes - BigInt(headerBytes) }, type);
  } finally {
    await node.tools.expect(['losetup', '-d', device]);
  }
}

/** A loop device that a crash left on a file. */
async function detach({ tools }: NodeTools, file: string): Promise<void> {
  const printed = await tools.expect(['losetup', '-n', '-O', 'NAME', '-j', file]);
  for (const device of printed.split('\n').filter((line) => line !== ''))
    await tools.expect(['losetup', '-d', device.trim()]);
}
