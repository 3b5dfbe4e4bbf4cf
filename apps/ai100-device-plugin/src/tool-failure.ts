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

/** By what the program did that a drive is asked with; one that is missing is so for every drive. */
const reasonsAtDrive = { hangs: 'ToolHangs', nonsense: 'ToolNonsense' } as const;

/** With a program that fails at one drive, as its SMART log is asked for, the others are asked on. */
function failureAtDrive(drives: readonly TrackedDrive[]): ToolFailure | undefined {
  const signals = drives.flatMap(({ serial, health: { signals: all, memory } }) =>
    all.map(({ reason, message }) => ({ serial, reason, message, tool: memory.miss?.tool })),
  );
  const missing = signals.find(({ reason }) => reason === toolMissingReason);
  if (missing !== undefined) return { reason: 'ToolMissing', message: missing.message };
  for (const { serial, reason, message, tool } of signals)
    if (reason === smartUnreadableReason && (tool === 'hangs' || tool === 'nonsense'))
      return { reason: reasonsAtDrive[tool], message: `drive ${serial}: ${message}` };
  return undefined;
}
