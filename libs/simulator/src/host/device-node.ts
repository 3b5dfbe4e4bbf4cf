import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { HwError } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { replaceFile } from './atomic-files.ts';

/** A node in /dev. */
export interface DeviceNode {
  /** Name below /dev. */
  readonly name: string;
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
  readonly mode: number;
}

/**
 * Makes a node in /dev, as a plain file or as a real one.
 *
 * @throws HwError Forbidden if a real one cannot be made
 */
export function addDeviceNode(root: HostRoot, node: DeviceNode, form: 'file' | 'char'): void {
  const path = root.path(root.dev(node.name));
  if (form === 'file') {
    replaceFile(root, root.dev(node.name), '');
  } else {
    rmSync(path, { force: true });
    const words = [path, node.type, String(node.major), String(node.minor)];
    const made = spawnSync('mknod', words, { encoding: 'utf8' });
    if (made.status !== 0) {
      throw new HwError('Forbidden', `cannot make ${path}: ${made.stderr?.trim() ?? 'mknod is missing'}`, {
        remedy: 'run as root with CAP_MKNOD, or let plain files stand in',
      });
    }
  }
  chmodSync(path, node.mode);
}
