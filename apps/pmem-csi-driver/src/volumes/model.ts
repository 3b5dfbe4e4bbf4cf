/** How volumes are made on a node. */
export const deviceModes = ['lvm', 'direct', 'loop', 'fake'] as const;
export type DeviceMode = (typeof deviceModes)[number];

/** What a volume is for: mapped into memory with DAX, or ordinary files behind a block translation table. */
export type Usage = 'AppDirect' | 'FileIO';

/** Whether a volume outlives the pod it was made for. */
export type Persistency = 'normal' | 'ephemeral';

/** What a volume is like beside its size. */
export interface VolumeParameters {
  readonly eraseAfter: boolean;
  readonly kataContainers: boolean;
  readonly usage: Usage;
  readonly persistency: Persistency;
}

/** One volume of this node as its state file tells. */
export interface Volume {
  readonly id: string;
  /** What it was created as; empty in files that do not tell. */
  readonly name: string;
  /** Bytes of its device. */
  readonly size: bigint;
  readonly deviceMode: DeviceMode;
  readonly parameters: VolumeParameters;
  /** Its file system was begun and not finished: nothing was ever written to it. */
  readonly formatting: boolean;
  /**
   * A target at which it was being mounted read-only when this was written: until that is done it can
   * be written to there, and nobody was given it.
   */
  readonly publishing?: string;
  /** It was deleted and is being erased: nobody sees it any more. */
  readonly deleting: boolean;
}
