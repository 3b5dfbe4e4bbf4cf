import { type SmartLog, type WarningBit, warningBits } from '../smart/smart-log.ts';
import { type HealthMemory, mediaCounts, resettingStates } from './memory.ts';
import type { Observation } from './observation.ts';
import { type HealthRules, limits } from './rules.ts';

/** How bad a signal is, from nothing at all to the worst. */
export const severities = ['Degraded', 'Unknown', 'Suspect', 'Unhealthy'] as const;
export type Severity = (typeof severities)[number];

/** One thing that is wrong with a drive. */
export interface Signal {
  readonly severity: Severity;
  /** One CamelCase word. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
  /** It is the volume the drive is part of that is lost, by whatever cause. */
  readonly ofVolume?: true;
}

/** What the signals are taken from: the look at the drive, what is remembered with it, the limits. */
export interface SignalInput {
  readonly observation: Observation;
  readonly memory: HealthMemory;
  readonly rules: HealthRules;
  readonly nowMs: number;
}

/** Reason of a drive that the host does not have. */
export const goneReason = 'Gone';

/** Reason of a drive that cannot be asked, since the host lacks the program. */
export const toolMissingReason = 'ToolMissing';

/** Reason of a drive whose SMART log could not be read several times in a row. */
export const smartUnreadableReason = 'SmartUnreadable';

/** Everything that is wrong with a drive, the worst first. Pure. */
export function signalsOf(input: SignalInput): Signal[] {
  const { observation } = input;
  const { smart } = observation;
  const signals = [
    ...presenceSignals(input),
    ...controllerSignals(input),
    ...missSignals(input),
    ...(smart.kind === 'read' ? [...warningSignals(input, smart.log), ...wearSignals(input, smart.log)] : []),
    ...mediaSignals(input),
    ...linkSignals(observation),
    ...volumeSignals(observation),
  ];
  return signals.sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity));
}

const signal = (severity: Severity, reason: string, message: string): Signal => ({
  severity,
  reason,
  message,
});

const unhealthy = (reason: string, message: string): Signal => signal('Unhealthy', reason, message);

function presenceSignals({ observation, memory }: SignalInput): Signal[] {
  const { present, sizeBytes, readOnly, controllerState } = observation;
  if (!present) return [unhealthy(goneReason, 'the drive is not there any more')];
  // While it starts or resets a controller may have no namespaces; its state says enough.
  const isSettling = controllerState !== undefined && controllerState !== 'live';
  if (sizeBytes === undefined)
    return isSettling ? [] : [unhealthy('NamespaceGone', 'the drive has no namespace')];
  if (sizeBytes === 0n) return [unhealthy('NoCapacity', 'the drive reports a size of 0')];
  if (memory.sizeBytes !== undefined && BigInt(memory.sizeBytes) !== sizeBytes) {
    return [unhealthy('SizeChanged', `the drive had ${memory.sizeBytes} bytes and has ${sizeBytes} now`)];
  }
  return readOnly ? [unhealthy('ReadOnly', 'the kernel has made the drive read-only')] : [];
}

/** States of a controller from which it does not come back by itself (drivers/nvme/host/sysfs.c). */
const deadStates = ['dead', 'deleting', 'deleting (no IO)'];

function controllerSignals({ observation, memory, rules, nowMs }: SignalInput): Signal[] {
  const { present, controllerState: state } = observation;
  if (!present || state === 'live') return [];
  const sinceMs = nowMs - memory.controllerSinceMs;
  const inState = `the controller is ${state} for ${Math.round(sinceMs / 1000)} s`;
  if (state === undefined)
    return [signal('Suspect', 'StateUnknown', 'the state of the controller cannot be read')];
  if (deadStates.includes(state)) return [unhealthy('ControllerDead', `the controller is ${state}`)];
  if (resettingStates.includes(state)) {
    if (sinceMs >= rules.resettingGraceMs) return [unhealthy('ControllerResetting', inState)];
    return sinceMs >= limits.resettingMs ? [signal('Suspect', 'ControllerResetting', inState)] : [];
  }
  if (state === 'new' && sinceMs < limits.newMs) return [signal('Unknown', 'ControllerNew', inState)];
  return [signal('Suspect', state === 'new' ? 'ControllerNew' : 'StateUnknown', inState)];
}

function missSignals({ memory: { smartMisses: misses, miss } }: SignalInput): Signal[] {
  if (misses < limits.suspectMisses) return [];
  const last = miss === undefined ? '' : `: ${miss.message}`;
  const severity = misses >= limits.unhealthyMisses ? 'Unhealthy' : 'Suspect';
  const reason = miss?.tool === 'missing' ? toolMissingReason : smartUnreadableReason;
  return [signal(severity, reason, `the SMART log could not be read ${misses} times in a row${last}`)];
}

const warningWords: Readonly<Record<WarningBit, string>> = {
  available_spare: 'spare blocks are running out',
  temperature: 'the temperature is out of its limits',
  reliability: 'its reliability is degraded',
  read_only: 'its media is read-only',
  volatile_backup: 'the backup of its volatile memory has failed',
  pmr_read_only: 'its persistent memory region is read-only',
};

function warningSignals({ memory, rules }: SignalInput, log: SmartLog): Signal[] {
  return warningBits.flatMap((name, bit) => {
    if ((log.criticalWarning >> bit) % 2 === 0) return [];
    const escalates =
      rules.unhealthyOnWarningBits.includes(bit) && memory.warningPolls >= limits.warningPolls;
    const message = `the drive warns: ${warningWords[name]}`;
    return [signal(escalates ? 'Unhealthy' : 'Degraded', 'CriticalWarning', message)];
  });
}

function wearSignals({ observation, memory, rules }: SignalInput, log: SmartLog): Signal[] {
  const { temperatureCelsius: celsius, availableSpare, spareThreshold, percentageUsed } = log;
  const { warningCelsius, criticalCelsius } = observation.thresholds ?? {};
  const signals: Signal[] = [];
  if (memory.hotPolls >= limits.hotPolls) {
    signals.push(unhealthy('Overheated', `${celsius} °C is at or above the critical ${criticalCelsius} °C`));
  } else if (celsius !== undefined && warningCelsius !== undefined && celsius >= warningCelsius) {
    signals.push(signal('Degraded', 'Hot', `${celsius} °C is at or above ${warningCelsius} °C`));
  }
  if (spareThreshold > 0 && availableSpare <= spareThreshold) {
    signals.push(signal('Degraded', 'SpareLow', `${availableSpare} % of the spare blocks are left`));
  }
  if (percentageUsed >= 100) {
    signals.push(signal('Degraded', 'EnduranceExceeded', `${percentageUsed} % of the endurance is used`));
  } else if (percentageUsed >= rules.percentageUsedWarn) {
    signals.push(signal('Degraded', 'Worn', `${percentageUsed} % of the endurance is used`));
  }
  return signals;
}

function mediaSignals({ memory, rules, nowMs }: SignalInput): Signal[] {
  const { hour, day } = mediaCounts(memory, nowMs);
  if (hour >= rules.mediaErrorsPerHourMax)
    return [unhealthy('MediaErrors', `${hour} new media errors within an hour`)];
  return day > 0 ? [signal('Degraded', 'MediaErrors', `${day} new media errors within a day`)] : [];
}

function linkSignals({ link, maxLink }: Observation): Signal[] {
  if (link === undefined || maxLink === undefined) return [];
  if (link.gigatransfers >= maxLink.gigatransfers && link.lanes >= maxLink.lanes) return [];
  const [is, could] = [link, maxLink].map(({ gigatransfers, lanes }) => `${gigatransfers} GT/s x${lanes}`);
  return [signal('Degraded', 'LinkDegraded', `the link runs at ${is} of ${could}`)];
}

function volumeSignals({ volumeFailure }: Observation): Signal[] {
  return volumeFailure === undefined
    ? []
    : [{ ...unhealthy(volumeFailure.reason, volumeFailure.message), ofVolume: true }];
}
