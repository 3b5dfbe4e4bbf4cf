import { randomBytes, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { type BoundedCalls, type Clock, errorMessage, HwError } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { deviceNumber, type HostTools } from '@rackwright/storage';
import type { VolumeState } from './state.ts';

/** Whether a volume takes data and gives it back. That it is full is no fault of its own. */
export type CanaryVerdict =
  | { readonly kind: 'well' }
  | { readonly kind: 'full' }
  | { readonly kind: 'ill'; readonly message: string };

/** What a canary works with. */
export interface CanaryOptions {
  readonly host: HostRoot;
  readonly tools: Pick<HostTools, 'entry'>;
  readonly calls: BoundedCalls;
  readonly clock: Clock;
  /** Default 10 s (spec ai100 §1.10): a busy file system may take seconds for a sync. */
  readonly deadlineMs?: number;
}

/** So long a volume that was well is taken to be well. */
const restMs = 60_000;
const bytes = 4096;
const fullCodes: readonly string[] = ['ENOSPC', 'EDQUOT'];

/** Writes a little to each mounted volume and reads it again: a file system that is mounted may fail all the same. */
export class Canary {
  readonly #options: CanaryOptions;
  readonly #known = new Map<string, { readonly verdict: CanaryVerdict; readonly atMs: number }>();

  constructor(options: CanaryOptions) {
    this.#options = options;
  }

  /** Does not throw but for the signal's reason. */
  async check(volume: VolumeState, signal: AbortSignal): Promise<CanaryVerdict> {
    const { clock } = this.#options;
    const key = `${volume.hostPath} ${volume.device}`;
    const known = this.#known.get(key);
    const now = clock.monotonic();
    if (known?.verdict.kind === 'well' && now - known.atMs < restMs) return known.verdict;
    const verdict = await this.#look(volume, signal);
    this.#known.set(key, { verdict, atMs: now });
    return verdict;
  }

  async #look({ hostPath, device = '' }: VolumeState, signal: AbortSignal): Promise<CanaryVerdict> {
    const { host, calls, deadlineMs = 10_000 } = this.#options;
    const folder = host.path(hostPath);
    try {
      await calls.run(`write to ${hostPath}`, () => this.#write(folder, device), signal, deadlineMs);
      return { kind: 'well' };
    } catch (error) {
      signal.throwIfAborted();
      if (fullCodes.includes((error as NodeJS.ErrnoException).code ?? '')) return { kind: 'full' };
      return { kind: 'ill', message: errorMessage(error) };
    }
  }

  /** The file has no name any more before something is written: containers of the cache cannot get in between. */
  async #write(folder: string, device: string): Promise<void> {
    const path = posix.join(folder, `.ai100-canary-${randomUUID()}`);
    const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    await using file = await open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    await unlink(path);
    await this.#requireDevice(file, device);
    const sent = randomBytes(bytes);
    await file.write(sent, 0, bytes, 0);
    await file.sync();
    const { buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    if (!sent.equals(buffer)) throw new HwError('Internal', 'what was written was not what was read');
  }

  /** Mounts of the host may not reach this process: then the disk below would be asked. A simulated host has one disk. */
  async #requireDevice(file: FileHandle, device: string): Promise<void> {
    const { tools, host } = this.#options;
    if (tools.entry === 'tree' && host.prefix !== '/') return;
    const found = deviceNumber((await file.stat({ bigint: true })).dev);
    if (found !== device)
      throw new HwError('FailedPrecondition', `device ${found} is seen there, not ${device}`);
  }
}

/** How a volume stands by what the canary found. Pure. */
export function withCanary(volume: VolumeState, verdict: CanaryVerdict): VolumeState {
  const { hostPath } = volume;
  switch (verdict.kind) {
    case 'well':
      return volume;
    case 'full':
      return { ...volume, full: true, message: `mounted at ${hostPath}, and full` };
    case 'ill': {
      const message = `the cache at ${hostPath} does not take data: ${verdict.message}`;
      return {
        ...volume,
        state: 'MountFailed',
        message,
        failure: { step: 'canary', code: 'Unavailable', message },
      };
    }
  }
}
