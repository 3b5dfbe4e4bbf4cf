import { compareNatural } from '@rackwright/core';
import { type DriveSelection, unitIds } from '@rackwright/hardware-nvme';
import type { HardwareDevice } from '@rackwright/kubelet';
import type { CacheVolume } from './volume.ts';

/** What people call one of the devices. */
export const noun = 'cache unit';

/** A share of the cache, as the kubelet counts them; its name is its id. */
export interface Unit extends HardwareDevice {
  readonly kind: 'ai100';
  readonly serial: string;
  readonly volume: CacheVolume;
  /** NUMA nodes of all drives its data lies on. */
  readonly numaNodes: readonly number[];
}

/** What is known of the health of one drive. */
export interface DriveVerdict {
  readonly healthy: boolean;
  readonly reason: string;
  readonly message: string;
  /** It is the volume that is lost, by whatever drive. */
  readonly ofVolume?: true;
}

/** What units are made from. */
export interface UnitInput {
  readonly drives: readonly DriveSelection[];
  readonly volumes: readonly CacheVolume[];
  /** By serial number. */
  readonly verdicts: ReadonlyMap<string, DriveVerdict>;
  readonly replicasPerDevice: number;
}

/** Every unit of the node, in natural order. One for each drive of a volume, or several. Pure. */
export function unitsOf({ drives, volumes, verdicts, replicasPerDevice }: UnitInput): Unit[] {
  const bySerial = new Map(drives.map((drive) => [drive.controller.serial ?? '', drive]));
  return volumes
    .flatMap((volume) => {
      const numaNodes = numaNodesOf(volume, bySerial);
      const [numaNode] = numaNodes;
      const verdict = volumeVerdict(volume, verdicts);
      return idsOf(volume, bySerial).flatMap(({ id, serial }) =>
        replicaIds(id, replicasPerDevice).map((name): Unit => {
          const place = numaNode === undefined ? {} : { numaNode };
          return { name, kind: 'ai100', serial, volume, numaNodes, ...place, ...verdict };
        }),
      );
    })
    .sort((a, b) => compareNatural(a.name, b.name));
}

/** One id for each drive; one for a volume that lies on no drive of ours, as a ready-made device may. */
function idsOf(
  { members, hostPath, readyMade }: CacheVolume,
  drives: ReadonlyMap<string, DriveSelection>,
): { readonly id: string; readonly serial: string }[] {
  if (members.length === 0 && readyMade) return [{ id: unitId(`of-${hostPath}`, drives), serial: '' }];
  return members.map((serial) => ({ id: unitId(serial, drives), serial }));
}

/** A drive that is gone keeps its id. */
function unitId(serial: string, drives: ReadonlyMap<string, DriveSelection>): string {
  const known = drives.get(serial)?.unitId;
  if (known !== undefined) return known;
  const gone = { name: serial, serial, servesBlocks: true, namespaces: [] };
  return unitIds([gone]).ids.get(serial) ?? serial;
}

const replicaMark = '--r';

/** Ids of the units of one drive. */
function replicaIds(id: string, replicas: number): string[] {
  if (replicas === 1) return [id];
  return Array.from({ length: replicas }, (_, replica) => `${id}${replicaMark}${replica}`);
}

/** The drive's id and the number of the replica; 0 where there is one only. */
export function splitId(id: string): { readonly drive: string; readonly replica: number } {
  const found = /^(.*)--r(\d+)$/.exec(id);
  return found === null ? { drive: id, replica: 0 } : { drive: found[1] ?? id, replica: Number(found[2]) };
}

function numaNodesOf({ members }: CacheVolume, drives: ReadonlyMap<string, DriveSelection>): number[] {
  const nodes = members.flatMap((serial) => drives.get(serial)?.controller.numaNode ?? []);
  return [...new Set(nodes)].sort((a, b) => a - b);
}

/** What is wrong with any drive of a volume is wrong with all of it: its data lies on all of them. */
function volumeVerdict(volume: CacheVolume, verdicts: ReadonlyMap<string, DriveVerdict>): DriveVerdict {
  const failed = volume.members
    .map((serial) => driveVerdict(serial, verdicts))
    .filter(({ healthy }) => !healthy);
  // The drive that is to blame is named, not another whose volume it took away.
  const worst = failed.find(({ ofVolume }) => !ofVolume) ?? failed[0];
  if (worst !== undefined) return { healthy: false, reason: worst.reason, message: worst.message };
  return { healthy: volume.usable, reason: volume.reason, message: volume.message };
}

function driveVerdict(serial: string, verdicts: ReadonlyMap<string, DriveVerdict>): DriveVerdict {
  const verdict = verdicts.get(serial);
  return verdict === undefined
    ? { healthy: false, reason: 'Removed', message: `drive ${serial} of the cache is gone` }
    : { ...verdict, message: `drive ${serial}: ${verdict.message}` };
}
