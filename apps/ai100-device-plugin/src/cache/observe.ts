import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { HostReader, HostRoot, Mount } from '@rackwright/host';
import { hostMounts, type LvmReport } from '@rackwright/storage';
import type { CacheDisk } from './disks.ts';
import { noPlan, type PlanRecord, parsePlan, planFile } from './plan-record.ts';
import type { ReadyMade } from './ready-made.ts';
import type { MountPointContent } from './snapshot.ts';

/** The plan of the node; an empty one where none was written. */
export async function readPlan(host: HostRoot): Promise<PlanRecord> {
  const text = await ifThere(readFile(host.path(planFile), 'utf8'));
  return text === undefined ? noPlan : parsePlan(text);
}

export function readMounts(files: HostReader): Mount[] {
  return hostMounts(files);
}

/** Disks below the active volumes, as the kernel has them. */
export function readSlaves(files: HostReader, { lvs }: LvmReport): Map<string, string[]> {
  return new Map(
    lvs.flatMap(({ device }) => {
      if (device === undefined) return [];
      const folder = files.root.sys('block', `dm-${device.split(':')[1]}`, 'slaves');
      return [[device, files.list(folder)] as const];
    }),
  );
}

/** What is at a path where something is to be mounted; a link is no folder, for it may lead elsewhere tomorrow. */
export async function mountPointContent(path: string): Promise<MountPointContent> {
  const stat = await ifThere(lstat(path));
  if (stat === undefined) return 'absent';
  if (!stat.isDirectory()) return 'no folder';
  return (await readdir(path)).length === 0 ? 'empty' : 'not empty';
}

/** What the kernel says of a device that somebody else cares for. */
export function readReadyMade(files: HostReader, path: string, disks: readonly CacheDisk[]): ReadyMade {
  const name = basename(files.resolve(path) ?? path);
  const folder = files.root.sys('class', 'block', name);
  const sectors = files.readInteger(`${folder}/size`) ?? 0;
  const below = disksBelow(files, name, maxLevels);
  return {
    device: files.readTrimmed(`${folder}/dev`),
    sizeBytes: BigInt(sectors) * 512n,
    members: disks
      .filter(({ namespace, foreign }) => foreign !== true && below.includes(namespace))
      .map(({ serial }) => serial),
  };
}

/** Volumes on volumes; more are not made. */
const maxLevels = 8;

function disksBelow(files: HostReader, name: string, levels: number): string[] {
  const slaves = levels === 0 ? [] : files.list(files.root.sys('class', 'block', name, 'slaves'));
  const whole = name.replace(/^(nvme\d+n\d+)p\d+$/, '$1');
  return [whole, ...slaves.flatMap((slave) => disksBelow(files, slave, levels - 1))];
}

async function ifThere<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}
