import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { HwError } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { replaceFile } from './file-faces.ts';
import type { NicFunction } from './nic.ts';
import { CXI_MAJOR } from './nic-tree.ts';

/**
 * Makes /dev/cxiN with mode 0666, as a plain file or as a character node.
 *
 * @throws HwError Forbidden if a character node cannot be made
 */
export function addDeviceNode(root: HostRoot, nic: NicFunction, form: 'file' | 'char'): void {
  const path = root.path(root.dev(nic.name));
  if (form === 'file') {
    replaceFile(root, root.dev(nic.name), '');
  } else {
    const made = spawnSync('mknod', [path, 'c', String(CXI_MAJOR), String(nic.minor)], { encoding: 'utf8' });
    if (made.status !== 0) {
      throw new HwError('Forbidden', `cannot make ${path}: ${made.stderr?.trim() ?? 'mknod is missing'}`, {
        remedy: 'run as root with CAP_MKNOD, or let plain files stand in',
      });
    }
  }
  chmodSync(path, 0o666);
}
