import { smartUnreadableReason } from '@rackwright/hardware-nvme';
import type { Refusal } from './decision.ts';
import { noHistory, recentResets } from './history.ts';
import { type RecoveryAction, recoveryLimits } from './settings.ts';
import type { DriveSituation, RecoverySnapshot } from './snapshot.ts';

/** One step of the ladder for a drive. */
export interface DriveStep {
  readonly action: RecoveryAction;
  /** Only so many nodes of the cluster do it at a time. */
  readonly needsPermit: boolean;
  readonly refusal: (drive: DriveSituation, snapshot: RecoverySnapshot) => Refusal | undefined;
}

/** What may bring a drive back, the gentlest first. Pure. */
export const driveSteps: readonly DriveStep[] = [
  { action: 'Rescan', needsPermit: false, refusal: rescanRefusal },
  { action: 'ControllerReset', needsPermit: true, refusal: resetRefusal },
  { action: 'PciRescan', needsPermit: true, refusal: pciRefusal },
];

function rescanRefusal(drive: DriveSituation): Refusal | undefined {
  const { controllerState, hasNamespace } = drive;
  if (controllerState !== 'live') return no('NotLive', `its controller is ${controllerState ?? 'not there'}`);
  return hasNamespace ? no('NamespaceThere', 'its namespace is there') : use(drive);
}

function resetRefusal(drive: DriveSituation, snapshot: RecoverySnapshot): Refusal | undefined {
  const { controllerState, health } = drive;
  // The kernel takes a reset of a controller that is new or live, and of no other.
  if (controllerState !== 'live') return no('NotLive', `its controller is ${controllerState ?? 'not there'}`);
  const own = health.signals.filter(({ severity, ofVolume }) => severity === 'Unhealthy' && !ofVolume);
  const other = own.find(({ reason }) => reason !== smartUnreadableReason);
  if (other !== undefined) return no('ResetIsNoCure', `no reset helps: ${other.message}`);
  if (own.length === 0) return no('ResetIsNoCure', 'it answers to commands');
  if (health.memory.warningPolls > 0) return no('ResetIsNoCure', 'before it went silent it warned of itself');
  if (health.memory.hotPolls > 0) return no('ResetIsNoCure', 'before it went silent it was too hot');
  return use(drive) ?? budgetRefusal(drive, snapshot);
}

function pciRefusal(drive: DriveSituation, snapshot: RecoverySnapshot): Refusal | undefined {
  const { controllerState, pciAddress, allocatedUnits, hasSiblings, health } = drive;
  if (wasTakenOffTheBus(drive, snapshot)) return budgetRefusal(drive, snapshot);
  const isStuck = health.signals.some(({ reason }) => stuckReasons.includes(reason));
  if (controllerState !== 'dead' && !isStuck) return no('NotDead', 'its controller is not dead');
  if (pciAddress === undefined) return no('NoPciAddress', 'it is not on the PCI bus');
  if (hasSiblings) return no('Siblings', 'other functions of its PCI device are in use');
  if (allocatedUnits !== 0)
    return no(
      'Allocated',
      `containers hold ${allocatedUnits ?? 'nobody knows how many'} units of its volume`,
    );
  return use(drive) ?? budgetRefusal(drive, snapshot);
}

/** We took it off the bus, and ended before it was found anew: nobody else would look for it. */
export function wasTakenOffTheBus(
  { serial, controller }: DriveSituation,
  { history }: Pick<RecoverySnapshot, 'history'>,
): boolean {
  const { attempts, lastAction } = history[serial] ?? noHistory;
  return controller === undefined && attempts > 0 && lastAction === 'PciRescan';
}

/** What a controller that hangs shows. */
const stuckReasons: readonly string[] = ['ControllerResetting', smartUnreadableReason];

function use({ otherUse }: DriveSituation): Refusal | undefined {
  return otherUse === undefined ? undefined : no('OtherUse', `something else stands on it: ${otherUse}`);
}

function budgetRefusal(
  { serial }: DriveSituation,
  { history, settings, nowMs }: RecoverySnapshot,
): Refusal | undefined {
  const { maxResetsPerHour } = settings;
  if (maxResetsPerHour === 0) return no('ResetBudget', 'resets are not allowed');
  const resets = recentResets(history[serial] ?? noHistory, nowMs);
  if (resets.length < maxResetsPerHour) return undefined;
  const minutes = Math.ceil((recoveryLimits.budgetMs - (nowMs - (resets[0] ?? nowMs))) / 60_000);
  const message = `it was reset ${resets.length} times within the hour; the next is possible in ${minutes} min`;
  return { reason: 'ResetBudget', message, passes: true };
}

function no(reason: string, message: string): Refusal {
  return { reason, message };
}
