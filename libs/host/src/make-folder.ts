import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ErrorCode, HwError } from '@rackwright/core';

/** How a folder is made. */
export interface MakeFolderOptions {
  /** Permission bits of what is made; default 0o777, less the umask. */
  readonly mode?: number;
}

/**
 * Makes a folder and those above it; one that is there is left as it is. In
 * place of Node's own recursive `mkdir`, which never returns where a file
 * system has no place for new folders and says so with ENOENT, as /proc does.
 *
 * @throws HwError naming the folder that cannot be made and what to do
 */
export async function makeFolder(path: string, options: MakeFolderOptions = {}): Promise<void> {
  const tries = attempts(path);
  for (let next = tries.next(); !next.done; ) {
    const folder = next.value;
    const error = await mkdir(folder, options).then(
      () => undefined,
      async (failure: NodeJS.ErrnoException) =>
        (await stat(folder).catch(() => undefined))?.isDirectory() ? undefined : failure,
    );
    next = tries.next(error);
  }
}

/** `makeFolder` for those who cannot wait. */
export function makeFolderSync(path: string, options: MakeFolderOptions = {}): void {
  const tries = attempts(path);
  for (let next = tries.next(); !next.done; ) next = tries.next(tryFolder(next.value, options));
}

function tryFolder(folder: string, options: MakeFolderOptions): NodeJS.ErrnoException | undefined {
  try {
    mkdirSync(folder, options);
    return undefined;
  } catch (error) {
    const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
    return isFolder ? undefined : (error as NodeJS.ErrnoException);
  }
}

/**
 * Which folder to make next: upwards until one is there, then down again. Each
 * answer is why it cannot be made, or nothing once it is there.
 */
function* attempts(path: string): Generator<string, void, NodeJS.ErrnoException | undefined> {
  const missing: string[] = [];
  let folder = path;
  for (let error = yield folder; error !== undefined; error = yield folder) {
    const parent = dirname(folder);
    if (error.code !== 'ENOENT' || parent === folder) throw refusal(folder, error);
    missing.push(folder);
    folder = parent;
  }
  for (const below of missing.reverse()) {
    const error = yield below;
    if (error !== undefined) throw refusal(below, error);
  }
}

const reasons: Readonly<Record<string, readonly [ErrorCode, remedy: string]>> = {
  EACCES: ['Forbidden', 'allow it to the user this runs as'],
  EROFS: ['Forbidden', 'mount the folder with write access'],
  ENOSPC: ['ResourceExhausted', 'make room on the file system'],
  EDQUOT: ['ResourceExhausted', 'make room on the file system'],
  EEXIST: ['FailedPrecondition', 'remove what stands in its place'],
  ENOTDIR: ['FailedPrecondition', 'remove what stands in its place'],
};

function refusal(folder: string, cause: NodeJS.ErrnoException): HwError {
  const [code, remedy] = reasons[cause.code ?? ''] ?? [
    'FailedPrecondition',
    'choose a folder on a file system that takes new ones',
  ];
  return new HwError(code, `cannot make the folder ${folder}: ${cause.code ?? cause.message}`, {
    remedy,
    cause,
  });
}
