import { errorMessage, isHwError } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import type { DiskAccess, DiskRef, OpenDisk } from '../disk/disk.ts';
import { diskUsers } from '../disk/users.ts';
import type { HostTools } from '../host-tools.ts';
import type { LvmReport } from '../lvm/report.ts';
import { hostMounts } from '../mounts.ts';
import { listSignatures, probeSignatures } from '../signatures.ts';
import type { DiskObservation } from './gates.ts';
import { firstContent } from './samples.ts';

/** What a look at a disk needs. */
export interface DiskWatch {
  readonly tools: HostTools;
  readonly access: DiskAccess;
  readonly files: HostReader;
  /** Everything LVM knows. */
  readonly report: (signal?: AbortSignal) => Promise<LvmReport>;
  /** From 0 up to 1, as `Math.random`. */
  readonly random: () => number;
}

/** The observation, and the disk as long as it is to be held. */
export interface HeldDisk extends AsyncDisposable {
  readonly observation: DiskObservation;
}

/**
 * Finds out all that the gates ask about a disk, side by side. It stays open for
 * us alone until the result is disposed of, so that no other program can take it
 * in between; LVM's own tools cannot open it either until then.
 */
export async function observeDisk(ref: DiskRef, watch: DiskWatch, signal?: AbortSignal): Promise<HeldDisk> {
  const path = watch.files.root.dev(ref.name);
  const opening = await finding(() => watch.access.openExclusive(ref.name));
  const disk = 'found' in opening ? opening.found : undefined;
  try {
    const [uses, probe, signatures, content, lvm] = await allEnded([
      usesOf(ref.name, watch),
      finding(() => probeSignatures(watch.tools, path, signal)),
      finding(() => listSignatures(watch.tools, path, signal)),
      disk === undefined
        ? Promise.resolve({ failure: `${path} was not read` })
        : finding(() => firstContent(disk, watch.random, signal)),
      finding(() => watch.report(signal)),
    ]);
    const opened = openingFacts(opening);
    const observation = {
      ...{ path, expectedSerial: ref.serial, ...opened, ...uses },
      ...{ probe, signatures, content, lvm },
    };
    return { observation, [Symbol.asyncDispose]: async () => disk?.[Symbol.asyncDispose]() };
  } catch (error) {
    await disk?.[Symbol.asyncDispose]();
    throw error;
  }
}

/** As `Promise.all`, once every one has ended: none still reads a disk that is closed then. */
async function allEnded<T extends readonly unknown[]>(
  work: {
    readonly [K in keyof T]: Promise<T[K]>;
  },
): Promise<T> {
  await Promise.allSettled(work);
  return (await Promise.all(work)) as unknown as T;
}

type Failure = { readonly failure: string; readonly error: unknown };

/** @throws only what ends the whole look: an abort */
async function finding<T>(find: () => Promise<T>): Promise<{ readonly found: T } | Failure> {
  try {
    return { found: await find() };
  } catch (error) {
    if (isHwError(error, 'Cancelled') || (error instanceof Error && error.name === 'AbortError')) throw error;
    return { failure: errorMessage(error), error };
  }
}

function openingFacts(
  opening: { readonly found: OpenDisk } | Failure,
): Pick<DiskObservation, 'opened' | 'openFailure'> {
  if ('found' in opening) {
    const { isBlockDevice, serial } = opening.found;
    return { opened: { isBlockDevice, serial } };
  }
  return { openFailure: { inUse: isHwError(opening.error, 'Conflict'), message: opening.failure } };
}

/** What cannot be found out counts as a use. */
async function usesOf(
  name: string,
  { files }: DiskWatch,
): Promise<Pick<DiskObservation, 'partitions' | 'holders' | 'uses'>> {
  const folder = files.root.sys('block', name);
  const looked = await finding(async () => ({
    partitions: files.list(folder).filter((entry) => files.exists(`${folder}/${entry}/partition`)),
    holders: files.list(`${folder}/holders`),
    uses: diskUsers(files, hostMounts(files)).flatMap(({ use, devices }) =>
      devices.includes(name) ? [use] : [],
    ),
  }));
  return 'found' in looked
    ? looked.found
    : { partitions: [], holders: [], uses: [`not known to be free: ${looked.failure}`] };
}
