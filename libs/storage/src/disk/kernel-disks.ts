import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { HwError } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import { deviceNumber } from '../device-number.ts';
import type { DiskAccess, DiskPart, OpenDisk } from './disk.ts';
import { diskFacts } from './facts.ts';

/** Disks of the running kernel. */
export class KernelDisks implements DiskAccess {
  readonly #files: HostReader;

  constructor(files: HostReader) {
    this.#files = files;
  }

  openExclusive(name: string): Promise<OpenDisk> {
    // Without O_CREAT, O_EXCL asks a block device for a claim that only one can have (open(2)).
    return this.#open(name, constants.O_EXCL);
  }

  openShared(name: string): Promise<OpenDisk> {
    return this.#open(name, 0);
  }

  async #open(name: string, claim: number): Promise<OpenDisk> {
    const path = this.#files.root.dev(name);
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | claim;
    const handle = await open(this.#files.root.path(path), flags).catch((cause) => refuse(path, cause));
    try {
      return await this.#describe(path, handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** What is said of the disk is asked by the number of the open device, not by its name, which another may have by now. */
  async #describe(path: string, handle: FileHandle): Promise<OpenDisk> {
    const stat = await handle.stat();
    const device = deviceNumber(BigInt(stat.rdev));
    const { serial, sizeBytes } = diskFacts(this.#files, this.#files.root.sys('dev', 'block', device));
    return {
      path,
      device,
      isBlockDevice: stat.isBlockDevice(),
      serial,
      sizeBytes,
      read: (parts, into) => readExactly(handle, path, parts, into),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  }
}

async function readExactly(
  handle: FileHandle,
  path: string,
  parts: readonly DiskPart[],
  into: Uint8Array,
): Promise<void> {
  let at = 0;
  for (const { offset, length } of parts) {
    let done = 0;
    while (done < length) {
      const { bytesRead } = await handle
        .read(into, at + done, length - done, offset + BigInt(done))
        .catch((cause) => refuse(path, cause));
      if (bytesRead === 0) throw new HwError('Unavailable', `${path} ends at ${offset + BigInt(done)}`);
      done += bytesRead;
    }
    at += length;
  }
}

function refuse(path: string, cause: unknown): never {
  const { code = 'an error' } = cause as NodeJS.ErrnoException;
  if (code === 'EBUSY') throw new HwError('Conflict', `${path} is in use`);
  if (code === 'ENOENT' || code === 'ENXIO') throw new HwError('NotFound', `${path} is missing`);
  throw new HwError('Unavailable', `${path} cannot be read: ${code}`, { cause });
}
