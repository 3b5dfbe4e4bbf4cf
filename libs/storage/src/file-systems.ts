import { HwError, isHwError } from '@rackwright/core';
import type { HostTools, ToolCommand } from './host-tools.ts';
import { probeSignatures } from './signatures.ts';

/** File systems that are made. */
export const fileSystemTypes = ['xfs', 'ext4'] as const;
export type FileSystemType = (typeof fileSystemTypes)[number];

/** A file system to be made. */
export interface FileSystemSpec {
  readonly device: string;
  readonly type: FileSystemType;
  /** Chosen before, so that what is found later can be told from another's. */
  readonly uuid: string;
  /** How the volume below is striped; left out for one disk. */
  readonly geometry?: { readonly stripes: number; readonly stripeKiB: number };
  /** Whether one that is there already may be replaced; default no. */
  readonly replace?: boolean;
}

const deadlineMs = 300_000;
/** What ext4 is made with here. */
const ext4BlockKiB = 4;

/**
 * Makes a file system. Unless it may replace what is there, nothing may be there:
 * mkfs.xfs looks by itself and is asked afterwards what it found, and for ext4 the
 * device is probed before, for without a terminal mkfs.ext4 overwrites what it
 * finds without a word (e2fsprogs 1.47, tried).
 *
 * @throws HwError FailedPrecondition if the tool refuses, as it does where something is there that may not be replaced
 */
export async function makeFileSystem(
  tools: HostTools,
  spec: FileSystemSpec,
  signal?: AbortSignal,
): Promise<void> {
  const mayReplace = spec.replace === true;
  if (spec.type === 'ext4' && !mayReplace) await refuseSignature(tools, spec.device, signal);
  try {
    await tools.expect(mkfsCommand(spec), { deadlineMs, ...(signal && { signal }) });
  } catch (error) {
    if (spec.type === 'xfs' && !mayReplace && isHwError(error, 'FailedPrecondition'))
      await refuseSignature(tools, spec.device, signal);
    throw error;
  }
}

async function refuseSignature(tools: HostTools, device: string, signal?: AbortSignal): Promise<void> {
  const probe = await probeSignatures(tools, device, signal);
  if (probe.kind === 'nothing') return;
  const what = probe.kind === 'found' ? probe.type : 'several signatures';
  throw new HwError('FailedPrecondition', `${device} is not made anew: there is ${what} on it`);
}

/** The command line of mkfs. XFS is always made in its fifth version, the only one newer kernels mount. */
export function mkfsCommand({ device, type, uuid, geometry, replace = false }: FileSystemSpec): ToolCommand {
  if (type === 'xfs') {
    const data = geometry === undefined ? [] : ['-d', `su=${geometry.stripeKiB}k,sw=${geometry.stripes}`];
    return ['mkfs.xfs', ...(replace ? ['-f'] : []), '-m', `crc=1,uuid=${uuid}`, ...data, device];
  }
  const extended =
    geometry === undefined
      ? []
      : [
          '-E',
          `stride=${geometry.stripeKiB / ext4BlockKiB},stripe_width=${(geometry.stripeKiB / ext4BlockKiB) * geometry.stripes}`,
        ];
  return [
    'mkfs.ext4',
    '-q',
    ...(replace ? ['-F'] : []),
    '-b',
    `${ext4BlockKiB * 1024}`,
    '-U',
    uuid,
    ...extended,
    device,
  ];
}
