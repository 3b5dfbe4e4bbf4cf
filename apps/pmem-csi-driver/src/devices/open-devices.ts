import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import { containerPath } from '@rackwright/service';
import type { DriverContext } from '../app.ts';
import { FolderAccess } from '../node/folder-access.ts';
import type { VolumeAccess } from '../node/volume-access.ts';
import type { DeviceMode } from '../volumes/model.ts';
import { deviceModeOf } from '../volumes/parameters.ts';
import type { DeviceManager } from './device-manager.ts';
import { DeviceManagers } from './device-managers.ts';
import { FakeDevices } from './fake/fake-devices.ts';
import { FakeTargets } from './fake/fake-targets.ts';

/** Devices of all modes, and how they reach containers. */
export interface Devices {
  readonly managers: DeviceManagers;
  readonly access: (mode: DeviceMode) => VolumeAccess;
}

/**
 * Devices of the mode that was asked for, and of those that volumes of earlier
 * times need.
 *
 * @param state folder of the driver's state
 */
export async function openDevices({ config, env }: DriverContext, state: string): Promise<Devices> {
  const mode = deviceModeOf(config.deviceManager);
  const resolve = (path: string): string => containerPath(path, env);
  const targets = new FakeTargets(resolve);
  // Links lead to where the folder is for everybody on the node.
  const folder = join(await realpath(state), 'fake');
  const make = async (wanted: DeviceMode): Promise<DeviceManager> => {
    if (wanted !== 'fake') throw new HwError('Unsupported', `device mode ${wanted} is not there yet`);
    // Nothing new is made in another mode than the one that is set.
    return FakeDevices.open({ folder, targets, percentage: wanted === mode ? config.pmemPercentage : 0 });
  };
  return {
    managers: new DeviceManagers(mode, make),
    access: () => new FolderAccess({ folder, targets, resolve }),
  };
}
