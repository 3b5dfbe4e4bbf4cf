import type { FileSystem } from '../volumes/capabilities.ts';
import type { Volume } from '../volumes/model.ts';

/** A volume that is prepared on the node. Paths are as requests have them. */
export interface StageRequest {
  readonly volume: Volume;
  /** Folder that is there. */
  readonly path: string;
  readonly fileSystem: FileSystem;
  readonly flags: readonly string[];
}

/** A volume that is given to a pod. */
export interface PublishRequest {
  readonly volume: Volume;
  /** What must not be there yet, in a folder that is. */
  readonly target: string;
  readonly readOnly: boolean;
  /** One pod alone may use it. */
  readonly single: boolean;
  readonly how: PublishSource;
}

/** What a pod is given. */
export type PublishSource =
  | { readonly kind: 'block'; readonly fileSystem?: undefined }
  /** From where it was staged. */
  | {
      readonly kind: 'staged';
      readonly path: string;
      readonly fileSystem?: FileSystem;
      readonly flags: readonly string[];
    }
  /** Straight from its device, for a volume of one pod. */
  | { readonly kind: 'ephemeral'; readonly fileSystem: FileSystem; readonly flags: readonly string[] };

/** An amount and what of it is taken. */
export interface Fill {
  readonly total: bigint;
  readonly used: bigint;
  readonly available: bigint;
}

/** How full a volume is. */
export interface VolumeUsage {
  readonly bytes: Fill;
  /** Missing for a raw block device. */
  readonly inodes?: Fill;
  /** What is wrong with the volume; undefined if nothing is. */
  readonly problem?: string;
}

/** Of a volume whose device is gone while a pod has it: nothing more can be written. */
export function usageOfLost({ id, size }: Volume): VolumeUsage {
  const bytes = { total: size, used: size, available: 0n };
  return { bytes, problem: `the device of volume ${id} is gone` };
}

/** How volumes of a mode reach the containers. Every method may be called again and does the rest then. */
export interface VolumeAccess {
  /** @throws HwError AlreadyExists if it is staged there in another way, or formatted with another file system */
  stage(request: StageRequest): Promise<void>;
  unstage(id: string, path: string): Promise<void>;
  /** @throws HwError AlreadyExists if it is published there in another way; FailedPrecondition if another pod has it alone */
  publish(request: PublishRequest): Promise<void>;
  /** Afterwards there is nothing at `target`. The volume may be unknown by now. */
  unpublish(id: string, target: string): Promise<void>;
  /** @throws HwError NotFound if the volume is not at `path` */
  usage(volume: Volume, path: string): Promise<VolumeUsage>;
  /** Makes the file system that is mounted at `path` as large as its device. */
  expand(volume: Volume, path: string): Promise<void>;
}
