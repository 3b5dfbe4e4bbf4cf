import { posix } from 'node:path';
import { compareText } from '@rackwright/core';
import { ai100 } from '@rackwright/keys';
import type { ContainerAllocateResponse } from '@rackwright/kubelet';
import type { Unit } from './units.ts';
import type { CacheVolume } from './volume.ts';

/** How containers get the cache. */
export interface ResponseOptions {
  readonly layout: 'Striped' | 'PerDevice';
  readonly podPath: string;
  /** Where the host tree lies on the node; `/` but for a simulated host. */
  readonly nodeRoot: string;
  /** Every unit of the node, of which the container's are some. */
  readonly units: readonly Unit[];
}

/** One mount of a container. */
interface CacheMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

/** What one container gets with these units. Pure. */
export function allocateResponse(
  mine: readonly Unit[],
  { layout, podPath, nodeRoot, units }: ResponseOptions,
): ContainerAllocateResponse {
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
    mounts: mountsOf(mine, podPath, nodeRoot),
  };
}

/** Bytes of its volume one unit stands for. */
function shareOf({ volume }: Unit, units: readonly Unit[]): bigint {
  const sharers = units.filter((unit) => unit.volume.hostPath === volume.hostPath).length;
  return (volume.sizeBytes ?? 0n) / BigInt(Math.max(1, sharers));
}

/** Each volume once: the kubelet drops what it is told twice of one path. */
function mountsOf(mine: readonly Unit[], podPath: string, nodeRoot: string): CacheMount[] {
  const paths = [...new Set(mine.map(({ volume }) => volume.hostPath))].sort(compareText);
  return paths.map((hostPath, index) => ({
    hostPath: posix.join(nodeRoot, hostPath),
    containerPath: index === 0 ? podPath : `${podPath}-${index}`,
    readOnly: false,
  }));
}

/** The volumes of these units, each once. */
export function volumesOf(mine: readonly Unit[]): CacheVolume[] {
  return [...new Map(mine.map(({ volume }) => [volume.hostPath, volume])).values()];
}
