import { smartUnreadableReason, toolMissingReason } from '@rackwright/hardware-nvme';
import type { CacheState } from './cache/index.ts';
import type { TrackedDrive } from './health/health-tracker.ts';

/** What is wrong with a program of the host. */
export interface ToolFailure {
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

/** By kind of the error: `Internal` is what a parser makes of an output. */
const reasons: Readonly<Record<string, string>> = {
  NotFound: 'ToolMissing',
  DeadlineExceeded: 'ToolHangs',
  Internal: 'ToolNonsense',
};

/** The program of the host that is missing, hangs or prints nonsense; undefined if none is known to. Pure. */
export function toolFailure(cache: CacheState, drives: readonly TrackedDrive[]): ToolFailure | undefined {
  const failures = [cache.failure, ...cache.volumes.map(({ failure }) => failure)];
  for (const failure of failures) {
    const reason = reasons[failure?.code ?? ''];
    if (failure !== undefined && reason !== undefined && failure.step !== 'canary')
      return { reason, message: failure.message };
  }
  return failureAtDrive(drives);
}

/** With a program that hangs at one drive, as its SMART log is asked for, the others are asked on. */
function failureAtDrive(drives: readonly TrackedDrive[]): ToolFailure | undefined {
  const signals = drives.flatMap(({ serial, health: { signals: all, memory } }) =>
    all.map(({ reason, message }) => ({ serial, reason, message, tool: memory.miss?.tool })),
  );
  const missing = signals.find(({ reason }) => reason === toolMissingReason);
  if (missing !== undefined) return { reason: 'ToolMissing', message: missing.message };
  const hangs = signals.find(({ reason, tool }) => reason === smartUnreadableReason && tool === 'hangs');
  return hangs && { reason: 'ToolHangs', message: `drive ${hangs.serial}: ${hangs.message}` };
}
