import { type FileHandle, open } from 'node:fs/promises';
import { HwError } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import type { DiskAccess, DiskPart, OpenDisk } from './disk.ts';
import { diskFacts } from './facts.ts';

/**
 * Disks of a simulated host, whose nodes in /dev are plain files with what is on
 * the disk: behind their end are zeros. Who holds a disk is in its sysfs alone.
 */
export class StandInDisks implements DiskAccess {
  readonly #files: HostReader;

  constructor(files: HostReader) {
    this.#files = files;
  }

  async openExclusive(name: string): Promise<OpenDisk> {
    const { root } = this.#files;
    if (this.#files.list(`${root.sys('block', name)}/holders`).length > 0)
      throw new HwError('Conflict', `${root.dev(name)} is in use`);
    return this.openShared(name);
  }

  async openShared(name: string): Promise<OpenDisk> {
    const { root } = this.#files;
    const path = root.dev(name);
    const folder = root.sys('block', name);
    const device = this.#files.readTrimmed(`${folder}/dev`);
    if (device === undefined) throw new HwError('NotFound', `${path} is missing`);
    const handle = await open(root.path(path), 'r').catch((cause: unknown) => {
      throw new HwError('NotFound', `${path} is missing`, { cause });
    });
    return {
      path,
      device,
      isBlockDevice: true,
      ...diskFacts(this.#files, folder),
      read: (parts, into) => readWithZeros(handle, parts, into),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  }
}

async function readWithZeros(
  handle: FileHandle,
  parts: readonly DiskPart[],
  into: Uint8Array,
): Promise<void> {
  let at = 0;
  for (const { offset, length } of parts) {
    let done = 0;
    for (let read = -1; read !== 0 && done < length; done += read) {
      read = (await handle.read(into, at + done, length - done, offset + BigInt(done))).bytesRead;
    }
    into.fill(0, at + done, at + length);
    at += length;
  }
}
