import type { Logger } from '@rackwright/core';
import { rackwright } from '@rackwright/keys';
import { type EventRecorder, ignoreNotFound, type KubeClient, type KubeObject } from '@rackwright/kube';
import { regardingOf } from '@rackwright/manager';
import type { Accounts } from './accounts.ts';
import type { ClaimedKind } from './claimed-kind.ts';
import { claimOf, formatClaim, type Installation, installationName, isSame } from './installation.ts';

export interface ClaimsOptions {
  readonly kind: ClaimedKind;
  readonly self: Installation;
  readonly client: Pick<KubeClient, 'list' | 'patch'>;
  readonly accounts: Pick<Accounts, 'look'>;
  readonly events: Pick<EventRecorder, 'emit'>;
  readonly logger: Logger;
}

/**
 * Decides, object by object, whether this installation may write for it.
 *
 * A claim counts once the list of all objects, read after the claim was
 * written, shows none of another living installation. Of two that claim
 * different objects at the same moment, the one that wrote later sees the
 * other's claim and takes its own back; so at most one gets through, whatever
 * the caches of both say.
 */
export class Claims {
  readonly #options: ClaimsOptions;
  /** Uids of the objects whose claim counts. */
  readonly #held = new Set<string>();

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /** Uids of the objects this installation has looked after since `forget`. */
  get held(): ReadonlySet<string> {
    return this.#held;
  }

  /** Called before this replica works anew: others may have worked meanwhile. */
  forget(): void {
    this.#held.clear();
  }

  /**
   * Whether `object`, as the cache has it, is ours, after claiming it if nobody
   * living has. Sends no request for one that was admitted before.
   *
   * @throws KubeError Conflict when somebody wrote first
   */
  async admit(object: KubeObject, signal: AbortSignal): Promise<boolean> {
    const { self, accounts } = this.#options;
    const uid = object.metadata?.uid ?? '';
    const claim = claimOf(object);
    const ours = claim !== undefined && isSame(claim, self);
    if (ours && claim.uid === self.uid && this.#held.has(uid)) return true;
    if (claim !== undefined && !ours) {
      this.#held.delete(uid);
      if ((await accounts.look(claim, signal)) !== 'gone') return false;
    }
    if (!ours || claim.uid !== self.uid) await this.#write(object, formatClaim(self), signal);
    if (!(await this.#stands(uid, signal))) return false;
    this.#held.add(uid);
    if (claim !== undefined && !ours) this.#tell(object, claim);
    return true;
  }

  /** False, and our claim taken back, when another living installation has one. */
  async #stands(uid: string, signal: AbortSignal): Promise<boolean> {
    const { kind, self, client, logger } = this.#options;
    const { items } = await client.list(kind.type, { signal });
    const rival = await this.#rival(items, signal);
    if (rival === undefined) return true;
    logger.warn('claim taken back', { claimedBy: installationName(rival) });
    const claimed = items.find(({ metadata }) => metadata?.uid === uid);
    const claim = claimed === undefined ? undefined : claimOf(claimed);
    if (claimed !== undefined && claim !== undefined && isSame(claim, self))
      await this.#write(claimed, null, signal);
    return false;
  }

  async #rival(objects: readonly KubeObject[], signal: AbortSignal): Promise<Installation | undefined> {
    for (const object of objects) {
      const claim = claimOf(object);
      if (claim === undefined || isSame(claim, this.#options.self)) continue;
      if ((await this.#options.accounts.look(claim, signal)) !== 'gone') return claim;
    }
    return undefined;
  }

  /** The resource version sees to it that of two writers one is refused. */
  async #write({ metadata = {} }: KubeObject, operator: string | null, signal: AbortSignal): Promise<void> {
    const { name = '', uid, resourceVersion } = metadata;
    const annotations = { [rackwright.annotation.operator]: operator };
    const patch = { metadata: { uid, resourceVersion, annotations } };
    const { client, kind } = this.#options;
    const options = { strategy: 'merge', fieldManager: kind.fieldManager, signal } as const;
    await ignoreNotFound(client.patch(kind.type, { name }, patch, options));
  }

  #tell(object: KubeObject, former: Installation): void {
    const { kind, self, events, logger } = this.#options;
    const message = `installation ${installationName(self)} takes over from ${installationName(former)}, which is gone`;
    logger.info('taken over', { object: object.metadata?.name, from: installationName(former) });
    events.emit(regardingOf(kind.type, object), { type: 'Normal', reason: kind.event.takenOver, message });
  }
}
