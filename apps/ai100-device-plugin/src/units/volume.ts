/** One mounted, or not yet mounted, volume of the cache: what units are shares of. */
export interface CacheVolume {
  /** Where it is mounted on the host. */
  readonly hostPath: string;
  /** Serial numbers of the drives it lies on. */
  readonly members: readonly string[];
  /** Somebody else made it: it may lie on no drive of ours, and counts for one unit then. */
  readonly readyMade?: true;
  /** Whether containers may get it now; if not, the other two say why. */
  readonly usable: boolean;
  /** One word. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
  /** `major:minor` of what must be mounted there. */
  readonly device?: string;
  readonly sizeBytes?: bigint;
}
