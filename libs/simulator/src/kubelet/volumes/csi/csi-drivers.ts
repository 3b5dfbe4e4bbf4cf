import type { Clock } from '@rackwright/core';
import { HwError } from '@rackwright/core';
import { CsiClient, csi } from '@rackwright/csi';

/** How long a driver has for one call, in milliseconds (csiTimeout of the kubelet). */
export const csiTimeoutMs = 120_000;

/** A driver that has registered. */
export interface CsiDriver {
  readonly client: CsiClient;
  /** Highest version of CSI it speaks, as `[major, minor]`. */
  readonly version: readonly [number, number];
}

/** The drivers that are registered on the node. */
export class CsiDrivers {
  readonly #drivers = new Map<string, CsiDriver>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The driver of this name; undefined while none is registered. */
  find(name: string): CsiDriver | undefined {
    return this.#drivers.get(name);
  }

  /** @throws HwError Unavailable while no driver of this name is registered */
  get(name: string): CsiDriver {
    const driver = this.#drivers.get(name);
    if (driver !== undefined) return driver;
    throw new HwError('Unavailable', `driver name ${name} not found in the list of registered CSI drivers`);
  }

  /** @param socket on this machine */
  set(name: string, socket: string, version: CsiDriver['version']): CsiDriver {
    const client = new CsiClient({ endpoint: socket, clock: this.#clock, timeoutMs: csiTimeoutMs });
    const driver = { client, version };
    this.#drivers.set(name, driver);
    return driver;
  }

  delete(name: string): void {
    this.#drivers.delete(name);
  }
}

/** What of a driver's node service is optional. */
export interface NodeAbilities {
  readonly stages: boolean;
  readonly expands: boolean;
  readonly multiWriter: boolean;
  readonly tellsStats: boolean;
  readonly tellsConditions: boolean;
}

/** Asked before each operation, as the kubelet does: a driver may have been replaced. */
export async function nodeAbilities({ client }: CsiDriver, signal?: AbortSignal): Promise<NodeAbilities> {
  const { capabilities } = await client.call(
    csi.NodeService.nodeGetCapabilities,
    {},
    { ...(signal && { signal }) },
  );
  const types = new Set(capabilities.map(({ type }) => type?.rpc.type));
  const rpc = csi.NodeServiceCapability_RPC_Type;
  return {
    stages: types.has(rpc.STAGE_UNSTAGE_VOLUME),
    expands: types.has(rpc.EXPAND_VOLUME),
    multiWriter: types.has(rpc.SINGLE_NODE_MULTI_WRITER),
    tellsStats: types.has(rpc.GET_VOLUME_STATS),
    tellsConditions: types.has(rpc.VOLUME_CONDITION),
  };
}
