import { errorMessage, HwError } from '@rackwright/core';
import type { DeviceMode, Usage } from '../volumes/model.ts';

/** Room for volumes, in bytes. */
export interface DeviceCapacity {
  /** The largest volume that can be made now. */
  readonly maxVolumeSize: bigint;
  /** What is free altogether. */
  readonly available: bigint;
  /** What volumes may take. */
  readonly managed: bigint;
  /** What the node has, managed or not. */
  readonly total: bigint;
}

/** What volumes are made of. */
export interface Device {
  readonly id: string;
  readonly size: bigint;
  /** Where it is: a block device, or the folder of a fake volume. Host path. */
  readonly path: string;
}

/** What a file system is made on and mounted from. */
export interface MountSource extends Device {
  /** Whether it is a plain file, for which mount finds a block device that goes with the mount. */
  readonly isFile: boolean;
}

/** A device to be made. */
export interface DeviceSpec {
  readonly id: string;
  /** As `planSize` made it. */
  readonly size: bigint;
  readonly usage: Usage;
}

/** How a device is removed. */
export interface DeviceRemoval {
  /** Whether every byte of it is overwritten before, or only what it is known by. */
  readonly erase: boolean;
  /** Told now and then how many bytes are overwritten. */
  readonly progress: (bytes: bigint) => void;
}

/** A device was made, could not be cleared and could not be taken back: it is still there, and holds nothing. */
export class DeviceLeftError extends HwError {
  constructor(id: string, cause: unknown) {
    super('Internal', `the device of ${id} could not be finished and is left: ${errorMessage(cause)}`, {
      cause,
    });
  }
}

/** Makes and removes devices of one kind. What is not ours is never listed, changed or removed. */
export interface DeviceManager {
  readonly mode: DeviceMode;
  /** Why no more volumes can be made in a region of memory for now, by the names of regions. */
  readonly unprepared?: ReadonlyMap<string, unknown>;

  capacity(signal: AbortSignal): Promise<DeviceCapacity>;

  /** The size a device will have that must hold so many bytes. */
  planSize(bytes: bigint, usage: Usage, signal: AbortSignal): Promise<bigint>;

  /** What at least of a device of that size holds data; missing where all of it does. */
  usableSize?(size: bigint, usage: Usage): bigint;

  /**
   * Makes an empty device.
   *
   * @throws HwError ResourceExhausted if there is no room; nothing is left behind after any failure but DeviceLeftError
   */
  create(spec: DeviceSpec, signal: AbortSignal): Promise<Device>;

  get(id: string, signal: AbortSignal): Promise<Device | undefined>;

  /** Makes the block device appear, where it does not by itself. @throws HwError NotFound if it is gone */
  activate(id: string, signal: AbortSignal): Promise<Device>;

  /** Missing where it is the block device, which `activate` makes appear. @throws HwError NotFound if it is gone */
  mountSource?(id: string, signal: AbortSignal): Promise<MountSource>;

  list(signal: AbortSignal): Promise<readonly Device[]>;

  /** @throws HwError FailedPrecondition while somebody has it open or mounted */
  requireUnused(id: string, signal: AbortSignal): Promise<void>;

  /** Removes a device; one that is gone is fine. */
  delete(id: string, how: DeviceRemoval, signal: AbortSignal): Promise<void>;

  /** Makes a device at least so large, while it is in use. It never shrinks. Missing where devices stay as they are. */
  grow?(id: string, size: bigint, signal: AbortSignal): Promise<Device>;
}
