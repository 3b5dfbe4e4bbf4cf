import { Latest, type Logger } from '@rackwright/core';
import {
  type ContainerGrant,
  type HardwareProfile,
  type OfferedDevice,
  type PreferenceRequest,
  sameDevices,
} from '@rackwright/kubelet';
import type { CdiState } from './cdi-gate.ts';
import type { CustodyKeeper } from './custody-keeper.ts';
import { nicOf, slotsPerNic } from './device-ids.ts';
import { type GrantStyle, grantFor } from './grant.ts';
import type { AllocateMode, Nic, ResourcePlan } from './model.ts';
import { needsCustody, offeredDevices } from './offer.ts';
import { type NicFacts, preferredIds } from './preference.ts';

/** What one resource's profile is made of. */
export interface CxiProfileOptions {
  readonly plan: ResourcePlan;
  /** All resources of this plugin. */
  readonly plans: readonly ResourcePlan[];
  readonly nics: Latest<readonly Nic[]>;
  readonly custody: CustodyKeeper;
  readonly allocateMode: AllocateMode;
  readonly nodeRoot: string;
  /** The CDI specification in force; needed in the CDI modes. */
  readonly cdi?: CdiState;
  readonly logger: Logger;
}

/** Slingshot NICs as one extended resource of the kubelet. */
export class CxiProfile implements HardwareProfile {
  readonly resource: string;
  readonly devices: Latest<readonly OfferedDevice[]>;
  readonly obstacle: Latest<string | undefined>;
  readonly #options: CxiProfileOptions;

  constructor(options: CxiProfileOptions) {
    this.#options = options;
    this.resource = options.plan.resource;
    this.devices = new Latest<readonly OfferedDevice[]>(this.#offer(), sameOffer);
    options.nics.subscribe(() => this.devices.set(this.#offer()));
    options.custody.custody.subscribe(() => this.devices.set(this.#offer()));
    this.obstacle = new Latest(this.#hindrance());
    for (const part of [options.custody.custody, options.cdi?.published, options.cdi?.failure])
      part?.subscribe(() => this.obstacle.set(this.#hindrance()));
  }

  /** Only where a NIC goes by two names could another plugin have handed it out unseen. */
  async confirm(): Promise<void> {
    const { plan, plans, custody } = this.#options;
    if (needsCustody(plan, plans)) await custody.confirm();
  }

  allocate(containers: readonly (readonly string[])[]): ContainerGrant[] {
    const { plan, custody, logger } = this.#options;
    const style = this.#style();
    const grants = containers.map((ids) => grantFor(ids, style));
    // From here on the NICs are withdrawn wherever else they are offered.
    if (plan.sharing.mode === 'exclusive') custody.take(this.resource, containers.flat());
    logger.info('allocated', { resource: this.resource, containers });
    return grants;
  }

  prefer(request: PreferenceRequest): readonly string[] {
    return preferredIds(request, this.#facts(request.available));
  }

  #offer(): OfferedDevice[] {
    const { plan, nics, custody, plans } = this.#options;
    return offeredDevices(plan, nics.value, custody.custody.value, plans);
  }

  /** Why no NIC could be handed out now. The list of a plugin that still serves would be replaced by a worse one. */
  #hindrance(): string | undefined {
    const { plan, plans, custody, cdi } = this.#options;
    const blind = needsCustody(plan, plans) ? custody.custody.value.unknown : undefined;
    return blind ?? (cdi?.published.value === undefined ? cdi?.failure.value : undefined);
  }

  #style(): GrantStyle {
    const { allocateMode: mode, nodeRoot, cdi } = this.#options;
    const edits = mode === 'cdi-inline' ? cdi?.published.value?.containerEdits : undefined;
    return { mode, nodeRoot, resource: this.resource, ...(edits && { edits }) };
  }

  /** Used slots are those not free, whoever holds them, and those held under another name. */
  #facts(available: readonly string[]): Map<string, NicFacts> {
    const { plan, nics, custody } = this.#options;
    const mine = nics.value.filter((nic) => nic.kind === plan.kind);
    const slots = slotsPerNic(plan.sharing, mine.length);
    const free = new Map<string, number>();
    for (const id of available) free.set(nicOf(id), (free.get(nicOf(id)) ?? 0) + 1);
    const { holders } = custody.custody.value;
    return new Map(
      mine.map(({ name, numaNode }) => {
        const elsewhere = holders.get(name)?.filter((holder) => holder.resource !== this.resource) ?? [];
        return [name, { numaNode, load: slots - (free.get(name) ?? 0) + elsewhere.length }];
      }),
    );
  }
}

/** The reasons count too, for refusals quote them. */
function sameOffer(a: readonly OfferedDevice[], b: readonly OfferedDevice[]): boolean {
  return sameDevices(a, b) && a.every((device, i) => device.reason === b[i]?.reason);
}
