/** Where the cache keeper in the guest is asked. */
export const keeperSocket = '/run/test-keeper.sock';

/** What the keeper is told before it looks after the cache once. */
export interface KeeperQuestion {
  readonly layout: 'Striped' | 'PerDevice';
  /** Serial numbers of the drives it may use. */
  readonly serials: readonly string[];
  /** Units that containers have. */
  readonly allocatedUnits: number;
  /** How much time has gone by since the last question. */
  readonly advanceMs: number;
}

/** One volume, as it is told. */
export interface KeeperVolume {
  readonly state: string;
  readonly message: string;
  readonly vg: string;
  readonly lvUuid?: string;
  readonly hostPath: string;
  readonly mounted: boolean;
  readonly members: readonly string[];
}

/** How the cache stands then. */
export interface KeeperAnswer {
  readonly state: string;
  readonly message: string;
  readonly volumes: readonly KeeperVolume[];
  readonly failure?: { readonly step: string; readonly message: string };
}
