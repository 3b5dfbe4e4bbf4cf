import { posix } from 'node:path';
import { compareText } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import { ai100 } from '@rackwright/keys';
import { type ContainerAllocateResponse, qualifiedName } from '@rackwright/kubelet';
import { type Isolation, unitFolder } from './unit-folder.ts';
import type { Unit } from './units.ts';
import type { CacheVolume } from './volume.ts';

/** How containers get the cache. */
export interface ResponseOptions {
  readonly layout: 'Striped' | 'PerDevice';
  readonly injection: 'Mount' | 'CDI';
  readonly isolation: Isolation;
  readonly podPath: string;
  /** Where the host tree lies on the node; `/` but for a simulated host. */
  readonly nodeRoot: string;
  /** Every unit of the node, of which the container's are some. */
  readonly units: readonly Unit[];
  /** Names in /dev of the drives whose nodes are passed, by serial number; empty for none. */
  readonly nodes: ReadonlyMap<string, readonly string[]>;
}

/** What one container gets with these units. Pure. */
export function allocateResponse(mine: readonly Unit[], options: ResponseOptions): ContainerAllocateResponse {
  const { layout, injection, podPath, units } = options;
  const ids = mine.map(({ name }) => name).sort(compareText);
  const { env } = ai100;
  return {
    envs: {
      [env.cachePath]: podPath,
      [env.nvmePath]: podPath,
      [env.units]: String(ids.length),
      [env.unitIds]: ids.join(','),
      [env.cacheBytes]: String(mine.reduce((sum, unit) => sum + shareOf(unit, units), 0n)),
      [env.cacheLayout]: layout,
    },
    ...(injection === 'CDI'
      ? // One name stands for the mount of them all.
        {
          cdiDevices: volumesOf(mine).map((volume) => qualifiedName(ai100.cdiKind, lowestUnit(mine, volume))),
        }
      : { mounts: mountsOf(mine, options) }),
    devices: deviceNodes(mine, options),
  };
}

/** The nodes of the drives, to read. */
function deviceNodes(
  mine: readonly Unit[],
  { nodeRoot, nodes }: ResponseOptions,
): NonNullable<ContainerAllocateResponse['devices']> {
  const names = mine.flatMap(({ volume }) => volume.members.flatMap((serial) => nodes.get(serial) ?? []));
  return [...new Set(names)].sort(compareText).map((name) => {
    const containerPath = new HostRoot().dev(name);
    return { hostPath: posix.join(nodeRoot, containerPath), containerPath, permissions: 'r' };
  });
}

/** Bytes of a volume that a container's units stand for. */
export function shareOfVolume(
  mine: readonly Unit[],
  { hostPath }: CacheVolume,
  units: readonly Unit[],
): bigint {
  const own = mine.filter(({ volume }) => volume.hostPath === hostPath);
  return own.reduce((sum, unit) => sum + shareOf(unit, units), 0n);
}

/** Bytes of its volume one unit stands for. */
function shareOf({ volume }: Unit, units: readonly Unit[]): bigint {
  const sharers = units.filter((unit) => unit.volume.hostPath === volume.hostPath).length;
  return (volume.sizeBytes ?? 0n) / BigInt(Math.max(1, sharers));
}

/** Each volume once: the kubelet drops what it is told twice of one path. */
function mountsOf(
  mine: readonly Unit[],
  { podPath, nodeRoot, isolation }: ResponseOptions,
): NonNullable<ContainerAllocateResponse['mounts']> {
  const volumes = volumesOf(mine).sort((a, b) => compareText(a.hostPath, b.hostPath));
  return volumes.map((volume, index) => ({
    hostPath: posix.join(nodeRoot, unitFolder(volume, lowestUnit(mine, volume), isolation)),
    containerPath: index === 0 ? podPath : `${podPath}-${index}`,
    readOnly: false,
  }));
}

/** The first of a container's units of a volume, by which what it gets of the volume is named. */
export function lowestUnit(mine: readonly Unit[], { hostPath }: CacheVolume): string {
  const ids = mine.flatMap(({ name, volume }) => (volume.hostPath === hostPath ? [name] : []));
  return ids.sort(compareText)[0] ?? '';
}

/** The volumes of these units, each once. */
export function volumesOf(mine: readonly Unit[]): CacheVolume[] {
  return [...new Map(mine.map(({ volume }) => [volume.hostPath, volume])).values()];
}
