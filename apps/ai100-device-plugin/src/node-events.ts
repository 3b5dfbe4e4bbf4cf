import { type AgentDevice, type AgentSnapshot, isAllocatable } from '@rackwright/hardware-nvme';
import { ai100 } from '@rackwright/keys';
import type { EventNote } from '@rackwright/kube';
import type { CacheState } from './cache/index.ts';

/** What events are told from. */
export interface EventFacts {
  readonly snapshot: AgentSnapshot;
  readonly cache: CacheState;
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
    ...cacheEvents(before?.cache, after.cache),
  ];
}

function driveEvents(before: AgentDevice | undefined, after: AgentDevice): EventNote[] {
  const { serial, health, healthMessage, reason, firmware } = after;
  const notes: EventNote[] = [];
  const isFine = isAllocatable(health) || health === 'Unknown';
  const wasFine = before === undefined || isAllocatable(before.health) || before.health === 'Unknown';
  if (!isFine && wasFine) notes.push(warning(event.unhealthy, `drive ${serial}: ${healthMessage}`));
  if (isFine && !wasFine) notes.push(normal(event.recovered, `drive ${serial} is ${health} again`));
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
