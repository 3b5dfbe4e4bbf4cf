import { type Clock, errorMessage, Latest, type Logger, type Moment, momentOf } from '@rackwright/core';
import {
  ignoreNotFound,
  isConflict,
  isKubeError,
  type KubeClient,
  type KubeObject,
  microTime,
  type ResourceType,
} from '@rackwright/kube';

/** The object that says who leads. Of a custom kind; docs/adr/0013 says why it cannot be the Lease. */
export interface RecordedTerm extends KubeObject {
  spec?: { readonly holderIdentity: string; readonly acquireTime: string };
}

/** What a `TermRecord` needs. */
export interface TermRecordOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'update'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly type: ResourceType<RecordedTerm>;
  readonly namespace: string;
  /** Name of the Lease, which the object shares. */
  readonly name: string;
  readonly identity: string;
  readonly retryPeriodMs: number;
}

/** The object as it was at a moment. */
export interface TermSighting {
  readonly at: Moment;
  /** Undefined while there is none. */
  readonly found: RecordedTerm | undefined;
}

/** What is known of the lead of this replica. */
interface Lead {
  /** Whether the lease was written after `moment`, so that nobody led in between. */
  renewedSince(moment: Moment): boolean;
}

/**
 * Tells the API server who leads, for an admission policy that refuses the writes
 * of all others.
 *
 * The object is looked at, then the lease written, and only then the object, with
 * the resource version it was seen with. So a former leader that wakes between two
 * of these cannot put itself in the place of its successor: either the successor
 * has written already, and the version is an old one, or the successor finds its
 * own version to be old and tries again before it begins its work.
 */
export class TermRecord {
  /** Whether the object names this replica since it took the lead, or cannot be kept here. */
  readonly settled = new Latest(false);
  readonly #options: TermRecordOptions;
  #isKept = true;
  #saidThatItIsNot = false;
  #saidThatNobodyJudges = false;

  constructor(options: TermRecordOptions) {
    this.#options = options;
  }

  /** Looks at the object before this replica tries to take the lead. */
  begin(signal: AbortSignal): Promise<TermSighting | undefined> {
    this.settled.set(false);
    this.#isKept = true;
    return this.#look(signal);
  }

  /**
   * Writes this replica into the object, and again if somebody changes it, until
   * `signal` aborts.
   *
   * @param first what was seen before the lease was acquired
   */
  async keep(lead: Lead, first: TermSighting | undefined, signal: AbortSignal): Promise<void> {
    const { clock, identity, retryPeriodMs } = this.#options;
    const spec = { holderIdentity: identity, acquireTime: microTime(clock.now()) };
    let seen = first;
    while (this.#isKept && !signal.aborted) {
      seen = await this.#next(seen, spec, lead, signal);
      const isOurs = seen !== undefined && isEqual(seen.found?.spec, spec);
      if (isOurs && this.settled.set(true)) await this.#lookForPolicy(signal);
      if (!this.#isKept) return;
      await clock.sleep(isOurs ? 5 * retryPeriodMs : retryPeriodMs, signal).catch(() => undefined);
    }
  }

  /** Looks at the object, and writes it if it is not as it should be. */
  async #next(
    seen: TermSighting | undefined,
    spec: TermSpec,
    lead: Lead,
    signal: AbortSignal,
  ): Promise<TermSighting | undefined> {
    if (seen === undefined || isEqual(seen.found?.spec, spec)) return await this.#look(signal);
    if (!lead.renewedSince(seen.at)) return seen;
    return (await this.#write(seen.found, spec, signal)) ?? (await this.#look(signal));
  }

  /** Says so where no admission policy judges by the object: one would not let us say of others that they lead. */
  async #lookForPolicy(signal: AbortSignal): Promise<void> {
    const { client, type, namespace, name, clock, logger } = this.#options;
    const spec = { holderIdentity: '', acquireTime: microTime(clock.now()) };
    const object = { metadata: { namespace, generateName: `${name}-` }, spec };
    const isLet = await client.create(type, object, { ...this.#request(signal), dryRun: true }).then(
      () => true,
      () => false,
    );
    if (!isLet || this.#saidThatNobodyJudges) return;
    this.#saidThatNobodyJudges = true;
    logger.info('no admission policy refuses late writes of former leaders');
  }

  #look(signal: AbortSignal): Promise<TermSighting | undefined> {
    const { client, type, namespace, name } = this.#options;
    const get = client.get(type, { namespace, name }, this.#request(signal));
    return this.#sighting(ignoreNotFound(get), signal);
  }

  #write(
    found: RecordedTerm | undefined,
    spec: TermSpec,
    signal: AbortSignal,
  ): Promise<TermSighting | undefined> {
    const { client, type, namespace, name } = this.#options;
    const written =
      found === undefined
        ? client.create(type, { metadata: { namespace, name }, spec }, this.#request(signal))
        : client.update(type, { ...found, spec }, this.#request(signal));
    return this.#sighting(written, signal);
  }

  /** What an answer shows; undefined when there was none. */
  async #sighting(
    answer: Promise<RecordedTerm | undefined>,
    signal: AbortSignal,
  ): Promise<TermSighting | undefined> {
    try {
      const found = await answer;
      return { at: momentOf(this.#options.clock), found };
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
      return undefined;
    }
  }

  #failed(error: unknown): void {
    const { logger } = this.#options;
    const details = { error: errorMessage(error) };
    // Without the kind, or the right to it, the age of the lease alone guards the writes.
    if (isKubeError(error, 403, 404)) {
      this.#isKept = false;
      this.settled.set(true);
      const level = this.#saidThatItIsNot ? 'debug' : 'warn';
      this.#saidThatItIsNot = true;
      logger[level]('who leads is not recorded, so late writes of former leaders are not refused', details);
    } else {
      const level = isConflict(error) || this.settled.value ? 'debug' : 'warn';
      logger[level]('who leads is not yet recorded', details);
    }
  }

  #request(signal: AbortSignal) {
    return { signal, timeoutMs: Math.max(this.#options.retryPeriodMs, 1000) };
  }
}

type TermSpec = NonNullable<RecordedTerm['spec']>;

function isEqual(a: RecordedTerm['spec'], b: TermSpec): boolean {
  return a?.holderIdentity === b.holderIdentity && a.acquireTime === b.acquireTime;
}
