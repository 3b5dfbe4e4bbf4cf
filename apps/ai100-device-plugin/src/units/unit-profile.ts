import { isDeepStrictEqual } from 'node:util';
import { HwError, Latest, type Logger } from '@rackwright/core';
import type {
  AllocateResponses,
  ContainerAllocateResponse,
  Device,
  HardwareProfile,
  PreferredAllocationRequest,
} from '@rackwright/kubelet';
import { volumesOf } from './allocate-response.ts';
import { preferredUnits } from './preferred-units.ts';
import type { Unit } from './units.ts';
import type { CacheVolume } from './volume.ts';

/** What the resource is made of. */
export interface UnitProfileOptions {
  readonly resource: string;
  readonly units: Latest<readonly Unit[]>;
  /** Throws an HwError unless the volume is mounted now where it should be. */
  readonly requireMounted: (volume: CacheVolume) => void;
  /** What a container gets with these units. */
  readonly respond: (
    mine: readonly Unit[],
    signal: AbortSignal,
  ) => ContainerAllocateResponse | Promise<ContainerAllocateResponse>;
  readonly logger: Logger;
}

/** Units of the cache as an extended resource of the kubelet. */
export class UnitProfile implements HardwareProfile {
  readonly resource: string;
  readonly devices: Latest<readonly Device[]>;
  readonly #options: UnitProfileOptions;

  constructor(options: UnitProfileOptions) {
    const { resource, units } = options;
    this.#options = options;
    this.resource = resource;
    this.devices = new Latest<readonly Device[]>(units.value.map(deviceOf), isDeepStrictEqual);
    units.subscribe((list) => this.devices.set(list.map(deviceOf)));
  }

  async allocate(
    containers: readonly (readonly string[])[],
    signal: AbortSignal,
  ): Promise<AllocateResponses> {
    const { respond, logger } = this.#options;
    const responses: ContainerAllocateResponse[] = [];
    for (const ids of containers) {
      const mine = this.#mounted(ids);
      responses.push(await respond(mine, signal));
    }
    logger.info('allocated', { resource: this.resource, containers });
    return responses;
  }

  getPreferredAllocation(request: PreferredAllocationRequest): readonly string[] {
    return preferredUnits(request, this.#options.units.value);
  }

  /**
   * The kubelet starts a container again with the answer it once got: where the
   * cache is not mounted any more it would write to the disk below.
   */
  async preStartContainer(ids: readonly string[]): Promise<void> {
    this.#mounted(ids);
  }

  /** @throws HwError NotFound for an unknown unit, FailedPrecondition for one whose volume is not mounted */
  #mounted(ids: readonly string[]): Unit[] {
    const { units, requireMounted } = this.#options;
    const mine = ids.map((id) => {
      const unit = units.value.find(({ name }) => name === id);
      if (unit === undefined) throw new HwError('NotFound', `there is no unit ${id}`);
      return unit;
    });
    for (const volume of volumesOf(mine)) requireMounted(volume);
    return mine;
  }
}

function deviceOf({ name, healthy, message, numaNodes }: Unit): Device {
  return { ids: [name], healthy, ...(healthy ? {} : { reason: message }), numaNodes };
}
