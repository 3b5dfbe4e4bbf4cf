import { Backoff, type Clock } from '@rackwright/core';
import type { EndpointState, StreamBinding } from './next-action.ts';

/** The part of an endpoint's state that the record knows. */
export type RecordedState = Pick<
  EndpointState,
  | 'registeredWith'
  | 'listened'
  | 'silentMs'
  | 'holdMs'
  | 'binding'
  | 'detachedMs'
  | 'endedMs'
  | 'again'
  | 'earlyMs'
>;

/** What has happened to one resource's registrations, and when. */
export class RegistrationRecord {
  readonly #clock: Clock;
  readonly #backoff = new Backoff({ initialMs: 200, maxMs: 30_000 });
  #registeredWith: string | undefined;
  #listened = false;
  #silentSince = 0;
  #holdUntil = 0;
  #binding: StreamBinding = 'bound';
  #detachedSince = 0;
  /** When another instance ended, if one did since the registration. */
  #endedAt: number | undefined;
  #again = false;
  #earlyAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether there is a registration with the kubelet that runs. */
  get isRegistered(): boolean {
    return this.#registeredWith !== undefined;
  }

  /** Whether the kubelet has opened a stream since the registration. */
  get listened(): boolean {
    return this.#listened;
  }

  get binding(): StreamBinding {
    return this.#binding;
  }

  /** Whether there was ever a registration. */
  get again(): boolean {
    return this.#again;
  }

  /** As it is now. */
  state(): RecordedState {
    const now = this.#clock.monotonic();
    const since = (at: number | undefined): number | undefined => (at === undefined ? at : now - at);
    return {
      registeredWith: this.#registeredWith,
      listened: this.#listened,
      silentMs: now - this.#silentSince,
      holdMs: this.#holdUntil - now,
      binding: this.#binding,
      detachedMs: now - this.#detachedSince,
      endedMs: since(this.#endedAt),
      again: this.#again,
      earlyMs: since(this.#earlyAt),
    };
  }

  /** Something is tried: until it succeeds the next try waits. */
  trying(): void {
    this.#holdUntil = this.#clock.monotonic() + this.#backoff.next();
  }

  /** Success: the next failure starts with short waits again. */
  succeeded(): void {
    this.#backoff.reset();
    this.#holdUntil = 0;
  }

  /** A kubelet started or ended: nothing that concerned the last one counts. */
  kubeletChanged(): void {
    this.#registeredWith = undefined;
    this.#binding = 'bound';
    this.#earlyAt = undefined;
    this.succeeded();
  }

  /** The kubelet no longer knows the newest server. */
  unregistered(): void {
    this.#registeredWith = undefined;
  }

  /**
   * A registration begins.
   *
   * @param early whether it is perhaps made too early
   * @returns what to call once the kubelet has taken it
   */
  registering(kubelet: string | undefined, early: boolean): () => void {
    const outlived = this.#endedAt !== undefined;
    if (early) this.#earlyAt = this.#clock.monotonic();
    this.#registeredWith = undefined;
    this.#listened = false;
    this.#endedAt = undefined;
    return () => {
      this.#registeredWith = kubelet;
      this.#silentSince = this.#clock.monotonic();
      this.#earlyAt = early ? this.#silentSince : undefined;
      this.#again = true;
      if (this.#binding === 'detached') this.#binding = outlived ? 'bound' : 'settled';
    };
  }

  /** The kubelet may have dropped us from what it disconnects. */
  detached(): void {
    this.#binding = 'detached';
    this.#detachedSince = this.#clock.monotonic();
  }

  /** The kubelet took the aborted registration for a real one. */
  settled(): void {
    this.#binding = 'settled';
    this.#registeredWith = undefined;
  }

  /** A stream of the newest server was opened or has ended. */
  streamsChanged(open: number): void {
    if (open === 0) this.#silentSince = this.#clock.monotonic();
    else {
      this.#listened = true;
      this.succeeded();
    }
  }

  /** Another instance of the plugin has ended. */
  otherEnded(): void {
    this.#endedAt = this.#clock.monotonic();
  }
}
