import type { Signal } from '@rackwright/hardware-nvme';
import type { Decision, Refusal } from './decision.ts';
import { type DriveStep, driveSteps, wasTakenOffTheBus } from './drive-ladder.ts';
import { noHistory } from './history.ts';
import { recoveryLimits } from './settings.ts';
import type { DriveSituation, RecoverySnapshot } from './snapshot.ts';

/**
 * Decides what to do about every drive that failed; at most one decision is to
 * act. Pure.
 */
export function planRecovery(snapshot: RecoverySnapshot): Decision[] {
  const hold = nodeHold(snapshot);
  const decisions = snapshot.drives.filter(isFailed).map((drive) => planDrive(drive, snapshot, hold));
  const first = decisions.find(({ kind }) => kind === 'act');
  return decisions.map((decision) => {
    if (decision.kind !== 'act' || decision === first) return decision;
    return wait(decision.target, {
      reason: 'OneAtATime',
      message: `${first?.target} is first: one action per node at a time`,
    });
  });
}

/** Failed on its own account, and not yet on the way back. */
function isFailed({ health }: DriveSituation): boolean {
  return health.state === 'Unhealthy' && health.memory.failure !== undefined;
}

function nodeHold({ node, settings }: RecoverySnapshot): Refusal | undefined {
  if (settings.mode === 'Off') return { reason: 'Off', message: 'recovery is switched off' };
  if (node.uptimeMs < recoveryLimits.bootMs)
    return { reason: 'Booted', message: 'the node has started less than two minutes ago' };
  return node.hold;
}

function planDrive(drive: DriveSituation, snapshot: RecoverySnapshot, hold: Refusal | undefined): Decision {
  const { serial: target } = drive;
  const refusal = hold ?? patience(drive, snapshot) ?? turn(target, drive.health.sinceMs, snapshot);
  if (refusal !== undefined) return wait(target, refusal);
  return isOver(target, snapshot) ? giveUp(target, snapshot, drive.health.message) : climb(drive, snapshot);
}

/** The first step that fits, beginning above what was tried last. One that will fit later is waited for. */
function climb(drive: DriveSituation, snapshot: RecoverySnapshot): Decision {
  const { serial: target, health } = drive;
  const refusals: Refusal[] = [];
  for (const { action, needsPermit, refusal } of stepsAfter(target, snapshot)) {
    const why = refusal(drive, snapshot);
    const { reason, message } = health;
    if (why === undefined) return { kind: 'act', target, action, needsPermit, reason, message };
    refusals.push({ ...why, message: `no ${action}: ${why.message}` });
  }
  const passing = refusals.find(({ passes }) => passes);
  if (passing !== undefined) return wait(target, passing);
  const reason = refusals.at(-1)?.reason ?? 'NoActions';
  const said = refusals.map(({ message }) => message).join('; ');
  return { kind: 'nothing', target, reason, message: said || 'no action for a drive is allowed' };
}

/** What was tried last comes last, and what is gentler just before it. */
function stepsAfter(target: string, { history, settings }: RecoverySnapshot): readonly DriveStep[] {
  const { attempts, lastAction } = history[target] ?? noHistory;
  const allowed = driveSteps.filter(({ action }) => settings.actions.includes(action));
  const tried = attempts === 0 ? -1 : allowed.findIndex(({ action }) => action === lastAction);
  return [...allowed.slice(tried + 1), ...allowed.slice(0, tried + 1)];
}

const hourMs = 3_600_000;

/**
 * What ends by itself, and how long it may take: no action helps, and a drive is
 * not given up for it before. A burst of media errors counts for an hour.
 */
const patienceMs: Readonly<Record<string, number>> = { Overheated: 24 * hourMs, MediaErrors: 2 * hourMs };

function patience(drive: DriveSituation, snapshot: RecoverySnapshot): Refusal | undefined {
  const { health, controller } = drive;
  const { nowMs } = snapshot;
  if (wasTakenOffTheBus(drive, snapshot)) return undefined;
  if (controller === undefined)
    return { reason: 'Gone', message: 'the drive is not there; it is used again when it is back' };
  const own = health.signals.filter(({ severity }) => severity === 'Unhealthy');
  const { sinceMs = nowMs } = health.memory.failure ?? {};
  const patient = own.length > 0 && own.every((signal) => isPatient(signal, nowMs - sinceMs));
  return patient ? { reason: 'EndsByItself', message: `it may end by itself: ${health.message}` } : undefined;
}

function isPatient({ reason, ofVolume }: Signal, sinceMs: number): boolean {
  return ofVolume === true || sinceMs < (patienceMs[reason] ?? 0);
}

/** Nothing is done at once: most of what fails comes back by itself. */
function turn(
  target: string,
  failedMs: number,
  { history, settings, nowMs }: RecoverySnapshot,
): Refusal | undefined {
  const { nextAttemptMs, attempts } = history[target] ?? noHistory;
  const first = failedMs + settings.firstWaitMs;
  const dueMs = Math.max(nextAttemptMs, attempts === 0 ? first : 0);
  if (nowMs >= dueMs) return undefined;
  const seconds = Math.ceil((dueMs - nowMs) / 1000);
  if (attempts > 0)
    return { reason: 'Backoff', message: `after ${attempts} attempts; the next in ${seconds} s` };
  return dueMs === first
    ? { reason: 'JustFailed', message: `it may come back by itself within ${seconds} s` }
    : {
        reason: 'Cooldown',
        message: `it was brought back a short while ago; it may be tried in ${seconds} s`,
      };
}

function isOver(target: string, { history, settings }: RecoverySnapshot): boolean {
  return (history[target] ?? noHistory).attempts >= settings.maxAttempts;
}

function giveUp(target: string, { settings }: RecoverySnapshot, message: string): Decision {
  const { maxAttempts } = settings;
  return {
    kind: 'giveUp',
    target,
    reason: 'MaxAttempts',
    message: `after ${maxAttempts} attempts: ${message}`,
  };
}

function wait(target: string, { reason, message }: Refusal): Decision {
  return { kind: 'wait', target, reason, message };
}
