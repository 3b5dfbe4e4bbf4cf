import { type AgentDevice, type AgentSnapshot, isAllocatable } from '@rackwright/hardware-nvme';
import { ai100 } from '@rackwright/keys';
import type { EventNote } from '@rackwright/kube';
import type { CacheState, VolumeState } from './cache/index.ts';
import type { TrackedDrive } from './health/health-tracker.ts';

/** What events are told from. */
export interface EventFacts {
  readonly snapshot: AgentSnapshot;
  readonly cache: CacheState;
  readonly tracked: readonly TrackedDrive[];
}

const { event } = ai100;
const warning = (reason: string, message: string): EventNote => ({ type: 'Warning', reason, message });
const normal = (reason: string, message: string): EventNote => ({ type: 'Normal', reason, message });

/** What changed between two looks that people should hear of. The first look has nothing before it. Pure. */
export function nodeEvents(before: EventFacts | undefined, after: EventFacts): EventNote[] {
  const known = new Map(before?.snapshot.devices.map((device) => [device.serial, device]));
  return [
    ...after.snapshot.devices.flatMap((device) => driveEvents(known.get(device.serial), device)),
    ...goneEvents(before?.snapshot, after.snapshot),
    ...degradedEvents(before?.tracked, after.tracked),
    ...wornEvents(before?.tracked, after.tracked),
    ...cacheEvents(before?.cache, after.cache),
    ...volumeEvents(before?.cache, after.cache),
  ];
}

function driveEvents(before: AgentDevice | undefined, after: AgentDevice): EventNote[] {
  const { serial, health, healthMessage, reason, firmware } = after;
  const notes: EventNote[] = [];
  const isFine = isAllocatable(health) || health === 'Unknown';
  const wasFine = before === undefined || isAllocatable(before.health) || before.health === 'Unknown';
  if (!isFine && wasFine) notes.push(warning(event.unhealthy, `drive ${serial}: ${healthMessage}`));
  if (isFine && !wasFine) notes.push(normal(event.recovered, `drive ${serial} is ${health} again`));
  if (health === 'Quarantined' && before?.health !== health)
    notes.push(warning(event.replaceDevice, `drive ${serial} is given up: ${healthMessage}`));
  if (reason === 'FirmwareMismatch' && (before?.reason !== reason || before.firmware !== firmware))
    notes.push(
      warning(event.firmwareMismatch, `drive ${serial} has firmware ${firmware}, which is not allowed`),
    );
  if (reason === 'DuplicateSerial' && before?.reason !== reason)
    notes.push(warning(event.duplicateSerial, `several drives have the serial number ${serial}`));
  return notes;
}

/** Drives of the cache that are not there any more. */
function goneEvents(before: AgentSnapshot | undefined, { devices }: AgentSnapshot): EventNote[] {
  const present = new Set(devices.map(({ serial }) => serial));
  const gone = before?.devices.filter(({ serial, managed }) => managed && !present.has(serial)) ?? [];
  return gone.map(({ serial }) => warning(event.unhealthy, `drive ${serial} of the cache is gone`));
}

function cacheEvents(before: CacheState | undefined, after: CacheState): EventNote[] {
  const notes: EventNote[] = [];
  if (after.state === 'Ready' && before !== undefined && before.state !== 'Ready')
    notes.push(normal(event.cacheReady, after.message));
  const told = new Set(before?.blockers.map(({ name, serial, detail }) => `${name} ${serial} ${detail}`));
  for (const { gate, name, serial, detail } of after.blockers) {
    if (told.has(`${name} ${serial} ${detail}`)) continue;
    const what = gate === undefined ? name : `gate ${gate}, ${name}`;
    const drive = serial === undefined ? '' : ` of drive ${serial}`;
    notes.push(warning(event.cacheBlocked, `${what}${drive}: ${detail}`));
  }
  const pending = after.notInStripe.filter((serial) => before?.notInStripe.includes(serial) !== true);
  for (const serial of pending)
    notes.push(
      normal(
        event.cacheExpansionPending,
        `drive ${serial} is not part of the cache, which was made without it`,
      ),
    );
  return notes;
}

/** Drives that are not well and are used on; of those at their end something else is told. */
function degradedEvents(before: readonly TrackedDrive[] = [], after: readonly TrackedDrive[]): EventNote[] {
  const was = new Set(before.flatMap(({ serial, health }) => (health.state === 'Degraded' ? serial : [])));
  return after.flatMap(({ serial, health: { state, reason, message } }) =>
    state !== 'Degraded' || was.has(serial) || reason === event.enduranceExceeded
      ? []
      : warning(event.degraded, `drive ${serial} is used on: ${message}`),
  );
}

/** Drives that have come to the end of what they are rated for. */
function wornEvents(before: readonly TrackedDrive[] = [], after: readonly TrackedDrive[]): EventNote[] {
  const worn = (drive: TrackedDrive): string | undefined =>
    drive.health.signals.find(({ reason }) => reason === event.enduranceExceeded)?.message;
  const told = new Set(before.filter((drive) => worn(drive) !== undefined).map(({ serial }) => serial));
  return after.flatMap((drive) => {
    const message = worn(drive);
    if (message === undefined || told.has(drive.serial)) return [];
    return warning(event.enduranceExceeded, `drive ${drive.serial}: ${message}`);
  });
}

const failed: readonly CacheState['state'][] = ['MountFailed', 'Lost'];

/** What went wrong with the cache, by what. */
function failuresOf({ failure, volumes }: CacheState): string[] {
  const states = volumes.filter(({ state }) => failed.includes(state)).map(({ message }) => message);
  return [...new Set([...(failure === undefined ? [] : [failure.message]), ...states])];
}

function volumeEvents(before: CacheState | undefined, after: CacheState): EventNote[] {
  const told = before === undefined ? [] : failuresOf(before);
  const anew = (is: (volume: VolumeState) => boolean): VolumeState[] =>
    after.volumes.filter(
      (volume) =>
        is(volume) && before?.volumes.some((one) => one.hostPath === volume.hostPath && is(one)) !== true,
    );
  return [
    ...failuresOf(after)
      .filter((message) => !told.includes(message))
      .map((message) => warning(event.cacheFailed, message)),
    ...anew(({ state }) => state === 'Rebuilding').map(({ message }) =>
      warning(event.recoveryStarted, message),
    ),
    ...anew(({ full }) => full === true).map(({ hostPath }) =>
      warning(event.cacheFull, `the cache at ${hostPath} is full`),
    ),
    ...anew(({ legacyXfs }) => legacyXfs).map(({ path, vg }) =>
      warning(
        event.legacyXfs,
        `${path ?? vg} has XFS of version 4, which kernels stop mounting; copy what is on it to a new file system in time`,
      ),
    ),
  ];
}
