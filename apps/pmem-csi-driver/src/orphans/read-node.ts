import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, errorMessage, type Logger } from '@rackwright/core';
import type { HostTools } from '@rackwright/storage';
import { DirectDevices } from '../devices/direct/direct-devices.ts';
import { LvmDevices } from '../devices/lvm/lvm-devices.ts';
import { NodeTools } from '../files/node-tools.ts';
import { StateFolder } from '../state/state-folder.ts';
import { type DeviceMode, deviceModes } from '../volumes/model.ts';
import { isVolumeId } from '../volumes/volume-id.ts';
import type { FoundDevice, Inventory } from './compare.ts';

export interface NodeParts {
  readonly driver: string;
  /** Folder of the driver's state. */
  readonly state: string;
  readonly tools: HostTools;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the node has of volumes. */
export type NodeInventory = Omit<Inventory, 'persistentVolumes'>;

/** Reads state files and devices beside a driver that runs; nothing is changed. */
export async function readNode(parts: NodeParts, signal: AbortSignal): Promise<NodeInventory> {
  const state = await StateFolder.existing(parts.state);
  const { volumes, unreadable } = await state.read();
  const devices: FoundDevice[] = [];
  const modes: DeviceMode[] = [];
  for (const mode of deviceModes) {
    try {
      devices.push(...(await idsIn(mode, state, parts, signal)).map((id) => ({ id, mode })));
      modes.push(mode);
    } catch (error) {
      signal.throwIfAborted();
      // Only what volumes are in need be there: machines without persistent memory have no ndctl.
      if (volumes.some(({ deviceMode }) => deviceMode === mode))
        parts.logger.warn('devices cannot be looked at', { mode, error: errorMessage(error) });
    }
  }
  return { volumes, unreadable: [...unreadable.keys()], devices, modes };
}

async function idsIn(
  mode: DeviceMode,
  state: StateFolder,
  { driver, tools, clock, logger }: NodeParts,
  signal: AbortSignal,
): Promise<string[]> {
  if (mode === 'fake' || mode === 'loop') return idsOfFiles(join(state.path, mode));
  const node = new NodeTools(tools);
  const isKnown = (id: string): Promise<boolean> => state.has(id);
  // With no share of the memory nothing is prepared for new volumes.
  const rest = { node, logger, percentage: 0, isKnown };
  const devices =
    mode === 'lvm'
      ? await LvmDevices.open({ ...rest, clock, driver, state: await realpath(state.path) }, signal)
      : await DirectDevices.open(rest, signal);
  return (await devices.list(signal)).map(({ id }) => id);
}

/** Volumes of modes that need no persistent memory are called by their id. */
async function idsOfFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  return names.filter(isVolumeId);
}
