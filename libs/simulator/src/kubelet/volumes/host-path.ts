import { open, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HwError } from '@rackwright/core';
import { HostFiles, type HostRoot, makeFolder } from '@rackwright/host';
import type { Volume } from '../pod-model.ts';

type HostPath = NonNullable<Volume['hostPath']>;

/**
 * The place of a hostPath volume below the node's root, made when its type asks
 * for that; like container runtimes, a missing path without type becomes a folder.
 *
 * @throws HwError FailedPrecondition when what is there is not of the wanted type
 */
export async function hostPathSource(root: HostRoot, { path, type = '' }: HostPath): Promise<string> {
  const files = new HostFiles(root);
  if (!files.exists(path) && (type === '' || type.endsWith('OrCreate'))) await create(root, path, type);
  const real = files.resolve(path);
  const stat = files.stat(path);
  if (real === undefined || stat === undefined) {
    throw new HwError('FailedPrecondition', `hostPath type check failed: ${path} does not exist`, {
      field: 'hostPath',
    });
  }
  const fits = {
    '': true,
    Directory: stat.isDirectory(),
    DirectoryOrCreate: stat.isDirectory(),
    File: stat.isFile(),
    FileOrCreate: stat.isFile(),
    Socket: stat.isSocket(),
    // In a simulated host a plain file may stand for a device node.
    CharDevice: stat.isCharacterDevice() || (stat.isFile() && path.startsWith('/dev/')),
    BlockDevice: stat.isBlockDevice() || (stat.isFile() && path.startsWith('/dev/')),
  }[type];
  if (!fits)
    throw new HwError('FailedPrecondition', `hostPath type check failed: ${path} is not of type ${type}`);
  return realpath(root.path(real));
}

async function create(root: HostRoot, path: string, type: string): Promise<void> {
  const here = await insideRoot(root, path);
  if (!type.startsWith('File')) {
    await makeFolder(here, { mode: 0o755 });
    return;
  }
  const file = await open(here, 'a', 0o644);
  await file.close();
}

/** Where a missing path would be, with the links of the part that exists followed inside the root. */
async function insideRoot(root: HostRoot, path: string): Promise<string> {
  const files = new HostFiles(root);
  let existing = path;
  while (existing !== '/' && !files.exists(existing)) existing = dirname(existing);
  return root.path(`${files.resolve(existing) ?? '/'}/${path.slice(existing.length)}`);
}
