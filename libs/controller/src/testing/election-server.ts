import type { ManualClock } from '@rackwright/core';
import { type KubeClient, KubeError, type KubeObject, type ResourceType } from '@rackwright/kube';
import { StoppableClock } from './stoppable-clock.ts';

type Request = { readonly dryRun?: boolean; readonly timeoutMs?: number };
export type ElectionClient = Pick<KubeClient, 'get' | 'create' | 'update'>;
export type ElectionObject = KubeObject & { spec?: { holderIdentity?: string } };

/** How a call fares. */
export interface Fate {
  /** How long it is on its way. */
  readonly delayMs: number;
  /** How long the process is stopped right before it sends. */
  readonly stoppedMs?: number;
  /** What comes in place of an answer. */
  readonly error?: KubeError;
}

/** An API server with one object of each kind, guarded by its resource version, and a policy by one of them. */
export class ElectionServer {
  readonly objects = new Map<string, ElectionObject>();
  /** Told of every object that is stored, and who sent it. */
  onStored: (plural: string, sender: string) => void = () => undefined;
  hasPolicies = true;
  readonly #clock: ManualClock;
  #version = 0;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** Who an object names. */
  holder(plural: string): string | undefined {
    return this.objects.get(plural)?.spec?.holderIdentity;
  }

  /**
   * What it answers to one replica. A call that is given up arrives all the same.
   *
   * @param clock that of the replica
   */
  client(
    sender: string,
    fate: (verb: string, plural: string) => Fate = () => ({ delayMs: 5 }),
    clock = new StoppableClock(this.#clock),
  ) {
    const call = async <T>(verb: string, { plural }: ResourceType, work: () => T, request: Request = {}) => {
      const { delayMs, stoppedMs = 0, error } = fate(verb, plural);
      if (stoppedMs > 0) await clock.stop(stoppedMs);
      if (error !== undefined) throw error;
      const arrival = this.#clock.sleep(delayMs).then(work);
      const timeout = this.#clock.sleep(request.timeoutMs ?? 30_000).then(() => {
        throw failure(0, 'ConnectionFailed');
      });
      arrival.catch(() => undefined);
      timeout.catch(() => undefined);
      return await Promise.race([arrival, timeout]).finally(() => clock.running());
    };
    return {
      get: (type: ResourceType, _key: unknown, request?: Request) =>
        call('get', type, () => structuredClone(this.#existing(type.plural)), request),
      create: (type: ResourceType, object: ElectionObject, request?: Request) =>
        call('create', type, () => this.#create(type.plural, object, sender, request?.dryRun), request),
      update: (type: ResourceType, object: ElectionObject, request?: Request) =>
        call('update', type, () => this.#update(type.plural, object, sender), request),
    } as unknown as ElectionClient;
  }

  #existing(plural: string): ElectionObject {
    const object = this.objects.get(plural);
    if (object === undefined) throw failure(404, 'NotFound');
    return object;
  }

  #create(plural: string, object: ElectionObject, sender: string, dryRun = false): ElectionObject {
    if (dryRun) return this.#judge(plural, object, sender);
    if (this.objects.has(plural)) throw failure(409, 'AlreadyExists');
    return this.#store(plural, object, sender);
  }

  /** As the admission policies do: only who leads may write, and only of itself that it leads. */
  #judge(plural: string, object: ElectionObject, sender: string): ElectionObject {
    const isAllowed =
      plural === 'leaderterms'
        ? object.spec?.holderIdentity === sender
        : (this.holder('leaderterms') ?? sender) === sender;
    if (this.hasPolicies && !isAllowed) throw failure(422, 'Invalid');
    return object;
  }

  #update(plural: string, object: ElectionObject, sender: string): ElectionObject {
    const { resourceVersion } = this.#existing(plural).metadata ?? {};
    if (object.metadata?.resourceVersion !== resourceVersion) throw failure(409, 'Conflict');
    return this.#store(plural, object, sender);
  }

  #store(plural: string, object: ElectionObject, sender: string): ElectionObject {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: `${this.#version}` };
    this.objects.set(plural, structuredClone({ ...object, metadata }));
    this.onStored(plural, sender);
    return structuredClone(this.#existing(plural));
  }
}

/** What a call fails with. */
export function failure(status: number, reason: string): KubeError {
  return new KubeError(status === 0 ? 'Unavailable' : 'Internal', reason, { status, reason });
}
