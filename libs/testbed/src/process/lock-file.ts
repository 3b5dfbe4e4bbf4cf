import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { type Clock, Lifetime } from '@rackwright/core';
import { isGone, type Owner, parseOwner, thisProcess } from './owner.ts';

const pollMs = 250;
const heartbeatMs = 5000;
/** A holder that has not touched its lock for so long is dead, wherever it ran. */
const abandonedMs = 30_000;

/** How a lock is waited for. */
export interface LockOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Told once who holds the lock, when it has to be waited for. */
  readonly onWait?: (holder: Owner | undefined) => void;
}

/**
 * Holds the lock file `path` until disposed. It saves work, it does not guard
 * data: in the rare case that two processes take over a dead holder's lock at
 * the same moment, both go on.
 */
export async function lockFile(path: string, options: LockOptions): Promise<AsyncDisposable> {
  const ticket = `${path}.${randomUUID()}`;
  await writeFile(ticket, JSON.stringify(thisProcess()));
  try {
    let told = false;
    while (!(await take(ticket, path))) {
      const holder = await readHolder(path);
      if (await isAbandoned(path, holder, options.clock)) {
        await rename(path, ticket).catch(() => undefined);
        await writeFile(ticket, JSON.stringify(thisProcess()));
        continue;
      }
      if (!told) options.onWait?.(holder);
      told = true;
      await options.clock.sleep(pollMs, options.signal);
    }
  } finally {
    await rm(ticket, { force: true });
  }
  return hold(path, options.clock);
}

/** A hard link appears in one step, or not at all if the lock exists. */
async function take(ticket: string, path: string): Promise<boolean> {
  try {
    await link(ticket, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readHolder(path: string): Promise<Owner | undefined> {
  return parseOwner(await readFile(path, 'utf8').catch(() => ''));
}

async function isAbandoned(path: string, holder: Owner | undefined, clock: Clock): Promise<boolean> {
  if (holder !== undefined && isGone(holder)) return true;
  const touched = await stat(path).then(
    (info) => info.mtimeMs,
    () => clock.now(),
  );
  return clock.now() - touched > abandonedMs;
}

function hold(path: string, clock: Clock): AsyncDisposable {
  const lifetime = new Lifetime();
  lifetime.defer(() => rm(path, { force: true }));
  lifetime.spawn('lock heartbeat', async (signal) => {
    while (true) {
      await clock.sleep(heartbeatMs, signal);
      const now = new Date(clock.now());
      await utimes(path, now, now).catch(() => undefined);
    }
  });
  return lifetime;
}
