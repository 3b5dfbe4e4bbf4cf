import { Latest, type Logger } from '@rackwright/core';
import type { AssignmentTracker } from '../assignments/assignment-tracker.ts';
import type {
  ContainerAllocateResponse,
  Device,
  HardwareProfile,
  PreferredAllocationRequest,
} from '../hardware-profile.ts';
import { sameDevices } from '../messages.ts';
import { deviceOf, unitsPerDevice } from './device-ids.ts';
import { needsAssignments, offeredDevices } from './offered-devices.ts';
import type { HardwareDevice, ResourcePlan } from './plan.ts';
import { type DeviceFacts, preferredIds } from './preferred-allocation.ts';

/** What one resource's profile is made of. */
export interface ResourceProfileOptions {
  readonly plan: ResourcePlan;
  /** All resources of this plugin. */
  readonly plans: readonly ResourcePlan[];
  /** The newest devices of the node; what a `Latest` is. */
  readonly devices: {
    readonly value: readonly HardwareDevice[];
    subscribe(listener: () => void): Disposable;
  };
  readonly tracker: AssignmentTracker;
  /** What people call one of the devices, such as `NIC`. */
  readonly noun: string;
  /**
   * What a container gets with these ids, all of healthy devices. Throws an
   * HwError to refuse; `signal` aborts when nobody waits for the answer any more.
   */
  readonly respond: (
    ids: readonly string[],
    signal: AbortSignal,
  ) => ContainerAllocateResponse | Promise<ContainerAllocateResponse>;
  /** Why no device could be allocated now, beside unknown assignments. */
  readonly obstacle?: Latest<string | undefined>;
  readonly logger: Logger;
}

/** Devices of one kind as one extended resource of the kubelet; the hardware only says what a container gets. */
export class ResourceProfile implements HardwareProfile {
  readonly resource: string;
  readonly devices: Latest<readonly Device[]>;
  readonly obstacle: Latest<string | undefined>;
  readonly #options: ResourceProfileOptions;

  constructor(options: ResourceProfileOptions) {
    const { plan, devices, tracker, obstacle } = options;
    this.#options = options;
    this.resource = plan.resource;
    this.devices = new Latest<readonly Device[]>(this.#offer(), sameOffer);
    devices.subscribe(() => this.devices.set(this.#offer()));
    tracker.known.subscribe(() => this.devices.set(this.#offer()));
    this.obstacle = new Latest(this.#currentObstacle());
    for (const part of [tracker.known, obstacle])
      part?.subscribe(() => this.obstacle.set(this.#currentObstacle()));
  }

  /** Only where a device goes by two names could another plugin have allocated it unseen. */
  async beforeAllocate(signal: AbortSignal): Promise<void> {
    const { plan, plans, tracker } = this.#options;
    if (needsAssignments(plan, plans)) await tracker.refresh(signal);
  }

  async allocate(
    containers: readonly (readonly string[])[],
    signal: AbortSignal,
  ): Promise<readonly ContainerAllocateResponse[]> {
    const { plan, tracker, logger, respond } = this.#options;
    const responses: ContainerAllocateResponse[] = [];
    for (const ids of containers) responses.push(await respond(ids, signal));
    signal.throwIfAborted();
    // From here on the devices are withdrawn wherever else they are offered.
    if (plan.sharing.mode === 'exclusive') tracker.assign(this.resource, containers.flat());
    logger.info('allocated', { resource: this.resource, containers });
    return responses;
  }

  getPreferredAllocation(request: PreferredAllocationRequest): readonly string[] {
    return preferredIds(request, this.#facts(request.available));
  }

  #offer(): Device[] {
    const { devices, tracker } = this.#options;
    return offeredDevices(this.#options, devices.value, tracker.known.value);
  }

  /** While it lasts, the list of a plugin that still serves would be replaced by a worse one. */
  #currentObstacle(): string | undefined {
    const { plan, plans, tracker, obstacle } = this.#options;
    const blind = needsAssignments(plan, plans) ? tracker.known.value.unknown : undefined;
    return blind ?? obstacle?.value;
  }

  /** Used units are those not free, whoever has them, and those assigned under another name. */
  #facts(available: readonly string[]): Map<string, DeviceFacts> {
    const { plan, devices, tracker } = this.#options;
    const mine = devices.value.filter(({ kind }) => kind === plan.kind);
    const units = unitsPerDevice(plan.sharing, mine.length);
    const free = new Map<string, number>();
    for (const id of available) free.set(deviceOf(id), (free.get(deviceOf(id)) ?? 0) + 1);
    const { assignments } = tracker.known.value;
    return new Map(
      mine.map(({ name, numaNode }) => {
        const elsewhere = assignments.get(name)?.filter(({ resource }) => resource !== this.resource) ?? [];
        return [name, { numaNode, load: units - (free.get(name) ?? 0) + elsewhere.length }];
      }),
    );
  }
}

/** The reasons count too, for refusals quote them. */
function sameOffer(a: readonly Device[], b: readonly Device[]): boolean {
  return sameDevices(a, b) && a.every((device, i) => device.reason === b[i]?.reason);
}
