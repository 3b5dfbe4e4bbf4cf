import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { SystemProcessRunner } from '@rackwright/host';
import { containerPath, hostRoot } from '@rackwright/service';
import { HostTools } from '@rackwright/storage';
import type { DriverContext } from '../app.ts';
import { NodeTools } from '../files/node-tools.ts';
import { ImageAccess } from '../kata/image-access.ts';
import { FolderAccess } from '../node/folder-access.ts';
import { MountAccess } from '../node/mount-access.ts';
import { ReadOnlyMounts } from '../node/read-only-mounts.ts';
import type { VolumeAccess } from '../node/volume-access.ts';
import type { StateFolder } from '../state/state-folder.ts';
import type { DeviceMode, Volume, VolumeParameters } from '../volumes/model.ts';
import { deviceModeOf } from '../volumes/parameters.ts';
import type { Volumes } from '../volumes/volumes.ts';
import type { DeviceManager } from './device-manager.ts';
import { DeviceManagers } from './device-managers.ts';
import { DirectDevices } from './direct/direct-devices.ts';
import { FakeDevices } from './fake/fake-devices.ts';
import { FakeTargets } from './fake/fake-targets.ts';
import { LoopDevices } from './loop/loop-devices.ts';
import { LvmDevices } from './lvm/lvm-devices.ts';

/** How a volume reaches containers; of one that is unknown there is the mode alone. */
export type AccessOf = (
  volume: Pick<Volume, 'deviceMode'> & { readonly parameters?: Pick<VolumeParameters, 'kataContainers'> },
) => VolumeAccess;

/** Devices of all modes. */
export interface Devices {
  readonly managers: DeviceManagers;
  /** Whether those of the mode that was asked for can be made larger. */
  readonly grows: boolean;
  /** How volumes reach containers. */
  access(volumes: Pick<Volumes, 'format' | 'notePublishing'>): AccessOf;
}

/**
 * Devices of the mode that was asked for, and of those that volumes of earlier
 * times need.
 *
 * @param state the driver's state
 * @throws HwError if those of the mode that was asked for cannot be had
 */
export async function openDevices(context: DriverContext, state: StateFolder): Promise<Devices> {
  const { config, env, clock, logger, lifetime } = context;
  const { signal } = lifetime;
  const mode = deviceModeOf(config.deviceManager);
  const runner = context.runner ?? new SystemProcessRunner(clock);
  const tools = new HostTools({ runner, root: hostRoot(config.hostRoot, env), entry: 'tree' });
  const resolve = (path: string): string => containerPath(path, env);
  const targets = new FakeTargets(resolve);
  // Links lead to where the folder is for everybody on the node.
  const real = await realpath(state.path);
  const node = new NodeTools(tools);
  const [fakes, loops] = [join(real, 'fake'), join(real, 'loop')];
  const open = async (wanted: DeviceMode): Promise<DeviceManager> => {
    // Nothing new is made in another mode than the one that is set.
    const percentage = wanted === mode ? config.pmemPercentage : 0;
    if (wanted === 'fake') return FakeDevices.open({ folder: fakes, targets, percentage });
    if (wanted === 'loop') return LoopDevices.open({ folder: loops, tools, percentage });
    const isKnown = (id: string): Promise<boolean> => state.has(id);
    if (wanted === 'lvm') {
      const parts = { node, clock, logger, driver: config.driverName, percentage, state: real, isKnown };
      return LvmDevices.open(parts, signal);
    }
    return DirectDevices.open({ node, logger, percentage, isKnown }, signal);
  };
  const managers = new DeviceManagers(mode, open);
  const { grow } = await managers.current;
  const folders = new FolderAccess({ folder: fakes, targets, resolve });
  const access: Devices['access'] = (volumes) => {
    const readOnly = new ReadOnlyMounts(node, (volume, target) => volumes.notePublishing(volume, target));
    const mounts = new MountAccess({
      ...{ node, readOnly },
      activate: async ({ id, deviceMode }) => (await managers.of(deviceMode)).activate(id, signal),
      source: async ({ id, deviceMode }) => {
        const manager = await managers.of(deviceMode);
        if (manager.mountSource !== undefined) return manager.mountSource(id, signal);
        return { ...(await manager.activate(id, signal)), isFile: false };
      },
      format: (volume, make) => volumes.format(volume, make),
      isDax: (wanted) => wanted === 'lvm' || wanted === 'direct',
    });
    const images = new ImageAccess({ node, readOnly, volumes: mounts, mounts: join(real, 'mount') });
    return ({ deviceMode, parameters }) => {
      if (deviceMode === 'fake') return folders;
      return parameters?.kataContainers === true ? images : mounts;
    };
  };
  return { managers, grows: grow !== undefined, access };
}
