import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';
import { attachmentName, type CsiVolume } from './csi-paths.ts';

/** What the kubelet writes down before it asks a driver for anything, so that the volume can be taken away again. */
export interface VolumeData {
  readonly volumeHandle: string;
  readonly driverName: string;
  readonly specVolID?: string;
  readonly nodeName?: string;
  readonly attachmentID?: string;
  readonly volumeLifecycleMode?: string;
}

/** The real kubelet's name for it. */
export const volumeDataFile = 'vol_data.json';

/** What is known of a volume that is published to a pod. */
export function publishedData(volume: CsiVolume, node: string): VolumeData {
  return {
    attachmentID: attachmentName(volume, node),
    driverName: volume.driver,
    nodeName: node,
    specVolID: volume.name,
    volumeHandle: volume.handle,
    ...(volume.block ? {} : { volumeLifecycleMode: volume.lifecycle }),
  };
}

/** @param folder on this machine */
export async function saveVolumeData(folder: string, data: VolumeData): Promise<void> {
  await makeFolder(folder, { mode: 0o750 });
  await writeFile(join(folder, volumeDataFile), `${JSON.stringify(data)}\n`);
}

/**
 * Undefined where there is none.
 *
 * @throws HwError FailedPrecondition for a file that cannot be understood: what it tells of is left alone
 */
export async function loadVolumeData(folder: string): Promise<VolumeData | undefined> {
  const path = join(folder, volumeDataFile);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const data = parse(text);
  if (data === undefined)
    throw new HwError('FailedPrecondition', `failed to parse volume data file [${path}]`);
  return data;
}

function parse(text: string): VolumeData | undefined {
  try {
    const value = JSON.parse(text) as Partial<VolumeData> | null;
    const isWhole = typeof value?.volumeHandle === 'string' && typeof value.driverName === 'string';
    return isWhole ? (value as VolumeData) : undefined;
  } catch {
    return undefined;
  }
}
