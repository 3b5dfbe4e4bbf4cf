import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAbsence } from '@rackwright/host';
import { ApiError } from '../process/call.ts';
import { highestWeight } from './placement.ts';

/** An object's bytes and when they were put, in milliseconds since the epoch. */
export interface StoredObject {
  readonly data: Buffer;
  readonly putAt: number;
}

/** An object as a listing shows it. */
export interface ObjectEntry {
  readonly name: string;
  readonly size: number;
}

/**
 * The objects of a target: files below its mountpaths, at `@ais/<bucket>/%ob/<object>` as in
 * AIStore. A file's modification time is when the object was put.
 */
export class ObjectStore {
  readonly #mountpaths: ReadonlyMap<string, string>;
  #writes = 0;

  /** @param mountpaths as the node's configuration names them, with where they are on this machine */
  constructor(mountpaths: ReadonlyMap<string, string>) {
    this.#mountpaths = mountpaths;
  }

  /** Writes an object, unless one that was put later is there. */
  async put(bucket: string, name: string, { data, putAt }: StoredObject): Promise<void> {
    const path = this.#path(bucket, name);
    const present = await ifPresent(stat(path));
    if (present !== undefined && present.mtimeMs > putAt) return;
    this.#writes++;
    const scratch = join(this.#mountpath(bucket, name), '@ais', `.${process.pid}-${this.#writes}`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(scratch, data);
    await utimes(scratch, putAt / 1000, putAt / 1000);
    await rename(scratch, path);
  }

  async get(bucket: string, name: string): Promise<StoredObject | undefined> {
    const path = this.#path(bucket, name);
    const data = await ifPresent(readFile(path));
    const present = await ifPresent(stat(path));
    if (data === undefined || present === undefined) return undefined;
    return { data, putAt: present.mtimeMs };
  }

  /** Returns whether it was there. @param unlessAfter it stays if it was put after this time */
  async delete(bucket: string, name: string, unlessAfter = Number.POSITIVE_INFINITY): Promise<boolean> {
    const path = this.#path(bucket, name);
    const present = await ifPresent(stat(path));
    if (present === undefined || present.mtimeMs > unlessAfter) return false;
    await rm(path, { force: true });
    return true;
  }

  /** Every object of a bucket, in no order. */
  async list(bucket: string): Promise<ObjectEntry[]> {
    const found = await Promise.all(
      [...this.#mountpaths.values()].map(async (mountpath) => {
        const folder = bucketFolder(mountpath, bucket);
        const entries = await ifPresent(readdir(folder, { recursive: true, withFileTypes: true }));
        return Promise.all(
          (entries ?? [])
            .filter((entry) => entry.isFile())
            .map(async ({ parentPath, name }) => {
              const path = join(parentPath, name);
              const present = await ifPresent(stat(path));
              return present === undefined
                ? []
                : [{ name: path.slice(folder.length + 1), size: present.size }];
            }),
        );
      }),
    );
    return found.flat(2);
  }

  async deleteBucket(bucket: string): Promise<void> {
    for (const mountpath of this.#mountpaths.values()) {
      await rm(dirname(bucketFolder(mountpath, bucket)), { recursive: true, force: true });
    }
  }

  #path(bucket: string, name: string): string {
    if (name === '' || name.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw new ApiError(400, `invalid object name ${JSON.stringify(name)}`);
    }
    return join(bucketFolder(this.#mountpath(bucket, name), bucket), name);
  }

  #mountpath(bucket: string, name: string): string {
    const chosen = this.#mountpaths.get(
      highestWeight([...this.#mountpaths.keys()], objectKey(bucket, name)) ?? '',
    );
    if (chosen === undefined) throw new ApiError(500, 'no mountpaths');
    return chosen;
  }
}

/** What decides where an object lies. */
export function objectKey(bucket: string, name: string): string {
  return `${bucket}/${name}`;
}

function bucketFolder(mountpath: string, bucket: string): string {
  return join(mountpath, '@ais', bucket, '%ob');
}

async function ifPresent<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
