import {
  Backoff,
  type Clock,
  errorMessage,
  HwError,
  Latest,
  type Logger,
  type Runnable,
} from '@rackwright/core';
import { Bell } from './bell.ts';
import type { FolderWatch } from './folder-watch.ts';
import type { HardwareProfile } from './hardware-profile.ts';
import { nextStep, type Standing } from './next-step.ts';
import type { PluginObserver } from './observer.ts';
import { KUBELET_SOCKET, kubeletSocket, register } from './registration.ts';
import { ResourceServer } from './resource-server.ts';
import { fileIdentity } from './socket-identity.ts';

/** What keeps one resource known to the kubelet. */
export interface ResourceEndpointOptions {
  readonly profile: HardwareProfile;
  readonly folder: string;
  readonly watch: FolderWatch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: PluginObserver;
}

/** Whether the kubelet that runs now knows the resource, and what stands in the way if not. */
export interface EndpointStatus {
  readonly registered: boolean;
  readonly message: string;
}

const noKubelet = `there is no ${KUBELET_SOCKET}`;

/**
 * Serves one resource and registers it, again whenever the kubelet's socket or
 * our own was made anew, or the kubelet closed its stream.
 */
export class ResourceEndpoint implements Runnable {
  readonly name: string;
  readonly status = new Latest<EndpointStatus>({ registered: false, message: 'not started' });
  readonly #options: ResourceEndpointOptions;
  readonly #logger: Logger;
  readonly #socket: string;
  readonly #bell = new Bell();
  readonly #backoff = new Backoff({ initialMs: 200, maxMs: 30_000 });
  #server: ResourceServer | undefined;
  #kubelet: string | undefined;
  #registeredWith: string | undefined;
  #heard = false;
  #silentSince = 0;
  #holdUntil = 0;

  constructor(options: ResourceEndpointOptions) {
    this.#options = options;
    this.name = options.profile.resource;
    this.#logger = options.logger.child({ resource: this.name });
    this.#socket = `${this.name.replaceAll('/', '_')}.sock`;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { watch, clock } = this.#options;
    using _looks = watch.looks.subscribe(() => this.#bell.ring());
    try {
      while (!signal.aborted) {
        const step = nextStep(this.#look());
        if (step.kind === 'wait') await this.#bell.wait(clock, signal, step.ms);
        else await this.#take(step.kind, signal);
      }
    } finally {
      this.#settle(false, 'stopped');
      await this.#server?.close();
    }
  }

  /**
   * Calls the resource's own server through its socket.
   *
   * @throws HwError Unavailable or DeadlineExceeded
   */
  async probe(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#server === undefined) {
      throw new HwError('Unavailable', `${this.name} is not served: ${this.status.value.message}`);
    }
    await this.#server.probe(timeoutMs, signal);
  }

  #look(): Standing {
    const { folder, clock } = this.#options;
    const kubelet = fileIdentity(kubeletSocket(folder));
    if (kubelet !== this.#kubelet) this.#meet(kubelet);
    const socket = this.#server?.socket ?? 'none';
    if (socket === 'taken') this.#settle(false, 'another process has taken the socket');
    const now = clock.monotonic();
    return {
      socket,
      kubelet,
      registeredWith: this.#registeredWith,
      streams: this.#server?.streams.value ?? 0,
      heard: this.#heard,
      silentMs: now - this.#silentSince,
      holdMs: this.#holdUntil - now,
    };
  }

  /** A kubelet came or went: what failed with the last one does not count. */
  #meet(kubelet: string | undefined): void {
    this.#kubelet = kubelet;
    this.#registeredWith = undefined;
    this.#release();
    this.#settle(false, kubelet === undefined ? noKubelet : 'the kubelet is new');
  }

  async #take(step: 'listen' | 'register', signal: AbortSignal): Promise<void> {
    const { clock, observer } = this.#options;
    this.#holdUntil = clock.monotonic() + this.#backoff.next();
    try {
      await (step === 'listen' ? this.#listen() : this.#register(signal));
    } catch (error) {
      if (signal.aborted) return;
      const message = errorMessage(error);
      if (message !== this.status.value.message) this.#logger.warn(`cannot ${step}`, { error: message });
      if (step === 'register') observer.registered(this.name, false);
      this.#settle(false, message);
    }
  }

  async #listen(): Promise<void> {
    const { profile, folder, clock, logger, observer } = this.#options;
    await this.#server?.close();
    this.#server = undefined;
    this.#registeredWith = undefined;
    const socket = this.#socket;
    const server = await ResourceServer.listen({ profile, folder, socket, clock, logger, observer });
    server.streams.subscribe((open) => this.#streamsChanged(open));
    this.#server = server;
    this.#release();
    this.#settle(false, this.#kubelet === undefined ? noKubelet : 'not registered yet');
    this.#logger.info('serving', { socket });
  }

  async #register(signal: AbortSignal): Promise<void> {
    const { profile, folder, clock, observer } = this.#options;
    const kubelet = this.#kubelet;
    this.#registeredWith = undefined;
    this.#heard = false;
    await register({ folder, socket: this.#socket, profile, clock, signal });
    this.#registeredWith = kubelet;
    this.#silentSince = clock.monotonic();
    observer.registered(this.name, true);
    this.#settle(true, 'registered');
    this.#logger.info('registered with the kubelet');
  }

  #streamsChanged(open: number): void {
    if (open === 0) this.#silentSince = this.#options.clock.monotonic();
    else {
      this.#heard = true;
      this.#release();
    }
    this.#bell.ring();
  }

  /** Success: the next failure starts with short waits again. */
  #release(): void {
    this.#backoff.reset();
    this.#holdUntil = 0;
  }

  #settle(registered: boolean, message: string): void {
    const { value } = this.status;
    if (value.registered !== registered || value.message !== message) {
      this.status.set({ registered, message });
    }
  }
}
