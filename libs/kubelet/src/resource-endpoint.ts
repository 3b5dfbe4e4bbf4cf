import {
  type Clock,
  errorMessage,
  HwError,
  Latest,
  type Logger,
  type Runnable,
  withDeadline,
} from '@rackwright/core';
import { ifReadable } from '@rackwright/host';
import { abortRegistration } from './aborted-registration.ts';
import type { AllocateQueue } from './allocate-queue.ts';
import type { FolderWatch } from './folder-watch.ts';
import type { HardwareProfile } from './hardware-profile.ts';
import type { PluginMetrics } from './metrics/plugin-metrics.ts';
import { type ActionKind, type EndpointState, nextAction, SETTLE_MS } from './next-action.ts';
import { Notifier } from './notifier.ts';
import { OtherInstances } from './other-instances.ts';
import { KUBELET_SOCKET, kubeletSocket, register } from './registration.ts';
import { RegistrationRecord } from './registration-record.ts';
import { ResourceServers } from './resource-servers.ts';
import { fileIdentity } from './socket-identity.ts';
import { SocketNames } from './socket-names.ts';

/** What keeps one resource known to the kubelet. */
export interface ResourceEndpointOptions {
  readonly profile: HardwareProfile;
  readonly folder: string;
  readonly watch: FolderWatch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: PluginMetrics;
  /** Shared by all resources of the process. */
  readonly queue: AllocateQueue;
  /** How long the first registration waits for the end of the profile's obstacle if no other plugin is served, in milliseconds. */
  readonly obstacleWaitMs: number;
}

/** Whether the kubelet that runs now knows the resource, and what stands in the way if not. */
export interface EndpointStatus {
  readonly registered: boolean;
  readonly message: string;
}

const noKubelet = `there is no ${KUBELET_SOCKET}`;

/** How long the end may be held up by a last registration, in milliseconds. */
const SHUTDOWN_MS = 2000;

/**
 * Serves one resource and registers it, again whenever the kubelet's socket or
 * our own was made anew, the kubelet closed its stream, or another plugin of
 * the resource ended.
 */
export class ResourceEndpoint implements Runnable {
  readonly name: string;
  readonly status = new Latest<EndpointStatus>({ registered: false, message: 'not started' });
  readonly #options: ResourceEndpointOptions;
  readonly #logger: Logger;
  readonly #names: SocketNames;
  readonly #servers: ResourceServers;
  readonly #others: OtherInstances;
  readonly #notifier = new Notifier();
  /**
   * Whether there is a successor. Up to 1.36 the kubelet takes every list as the
   * complete one, and ours may use ids that the successor does not.
   */
  readonly #quiet = new Latest(false);
  readonly #startedAt: number;
  readonly #obstacle: Latest<string | undefined>;
  readonly #record: RegistrationRecord;
  #kubelet: string | undefined;
  /** Whether the kubelet may know the newest server's socket. */
  #presented = false;

  constructor(options: ResourceEndpointOptions) {
    const { profile, folder, clock, logger } = options;
    this.#options = options;
    this.#obstacle = profile.obstacle ?? new Latest<string | undefined>(undefined);
    this.name = profile.resource;
    this.#logger = logger.child({ resource: this.name });
    this.#record = new RegistrationRecord(clock);
    this.#names = new SocketNames(this.name, clock, folder);
    this.#servers = new ResourceServers({
      ...options,
      names: this.#names,
      quiet: this.#quiet,
      streamsChanged: (open) => this.#streamsChanged(open),
    });
    const changed = (what: 'found' | 'ended'): void => this.#othersChanged(what);
    this.#others = new OtherInstances({ folder, names: this.#names, logger: this.#logger, changed });
    this.#startedAt = clock.monotonic();
  }

  async start(signal: AbortSignal): Promise<void> {
    const { watch, clock } = this.#options;
    using _obstacle = this.#obstacle.subscribe(() => this.#notifier.notify());
    using _looks = watch.looks.subscribe(() => this.#notifier.notify());
    using _others = this.#others;
    try {
      while (!signal.aborted) {
        const action = nextAction(this.#look());
        if (action.kind === 'hold') {
          this.#setStatus(false, `held back: ${this.#obstacle.value}`);
          await this.#notifier.wait(clock, signal, action.ms);
        } else if (action.kind === 'wait') await this.#notifier.wait(clock, signal, action.ms);
        else await this.#perform(action.kind, signal);
      }
    } finally {
      await this.#shutDown();
      this.#setStatus(false, 'stopped');
      await this.#servers.close();
    }
  }

  /**
   * Calls the resource's own server through its socket. What is held back has
   * none and is well: a restart would not remove the obstacle.
   *
   * @throws HwError Unavailable or DeadlineExceeded
   */
  async probe(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const { newest } = this.#servers;
    if (newest === undefined && this.#isHeld) return;
    if (newest === undefined) {
      throw new HwError('Unavailable', `${this.name} is not served: ${this.status.value.message}`);
    }
    await newest.probe(timeoutMs, signal);
  }

  /** What was registered once stays so: devices that cannot be allocated are unhealthy. */
  get #isHeld(): boolean {
    return !this.#record.again && this.#obstacle.value !== undefined;
  }

  #look(): EndpointState {
    const { folder, clock, obstacleWaitMs } = this.#options;
    // A socket that cannot be looked at has not gone.
    const kubelet = ifReadable(this.#kubelet, () => fileIdentity(kubeletSocket(folder)));
    if (kubelet !== this.#kubelet) this.#kubeletChanged(kubelet);
    this.#others.look();
    this.#quiet.set(this.#others.successors > 0);
    const { newest } = this.#servers;
    return {
      ...this.#record.state(),
      served: newest?.stands ?? false,
      kubelet,
      streams: newest?.streams.value ?? 0,
      predecessors: this.#others.predecessors,
      successors: this.#others.successors,
      obstacleWaitMs: this.#isHeld ? obstacleWaitMs - (clock.monotonic() - this.#startedAt) : undefined,
    };
  }

  #kubeletChanged(kubelet: string | undefined): void {
    this.#kubelet = kubelet;
    this.#record.kubeletChanged();
    this.#setStatus(false, kubelet === undefined ? noKubelet : 'the kubelet is new');
  }

  async #perform(kind: ActionKind, signal: AbortSignal): Promise<void> {
    this.#record.trying();
    try {
      if (kind === 'listen') await this.#listen();
      else if (kind === 'detach') {
        await this.#detach(signal);
        if (this.#record.isRegistered) this.#setStatus(true, 'registered');
      } else await this.#register(kind, signal);
    } catch (error) {
      if (signal.aborted) return;
      const message = errorMessage(error);
      if (message !== this.status.value.message) this.#logger.warn(`cannot ${kind}`, { error: message });
      // The registration is valid; without `detach` the predecessor's end costs a short gap.
      if (kind === 'detach') {
        this.#setStatus(true, 'registered');
        return;
      }
      if (kind !== 'listen') this.#options.metrics.registered(this.name, false);
      this.#setStatus(false, message);
    }
  }

  async #listen(): Promise<void> {
    await this.#renew();
    this.#record.unregistered();
    this.#record.succeeded();
    this.#setStatus(false, this.#kubelet === undefined ? noKubelet : 'not registered yet');
  }

  async #renew(dropped = false): Promise<void> {
    const { name } = await this.#servers.renew(dropped);
    this.#presented = false;
    this.#logger.info('serving', { socket: name });
  }

  async #register(kind: 'register' | 'reregister', signal?: AbortSignal): Promise<void> {
    const { profile, folder, clock, metrics } = this.#options;
    const kubelet = this.#kubelet;
    if (this.#presented) {
      await this.#renew(this.#record.listened && this.#servers.newest?.streams.value === 0);
    }
    this.#presented = true;
    const taken = this.#record.registering(kubelet, kind === 'reregister');
    const { newest } = this.#servers;
    const server = { socket: newest?.name ?? '', stands: () => newest?.stands ?? false };
    const timeoutMs = signal === undefined ? SHUTDOWN_MS : undefined;
    await register({ ...server, folder, profile, clock, signal, ...(timeoutMs && { timeoutMs }) });
    taken();
    metrics.registered(this.name, true);
    // A DaemonSet ends the predecessor once we are ready; until `detach` is done that would take our devices away.
    const exposed =
      this.#record.binding === 'bound' && this.#others.predecessors > 0 && this.#others.successors === 0;
    if (exposed) this.#setStatus(false, 'the kubelet is not ready yet for the end of an earlier plugin');
    else this.#setStatus(true, 'registered');
    this.#logger.info('registered with the kubelet');
  }

  /** Counts as done even if it fails, for the kubelet may have dropped us before the failure. */
  async #detach(signal: AbortSignal): Promise<void> {
    const { profile, folder, clock } = this.#options;
    this.#record.detached();
    if (await abortRegistration({ folder, socket: this.#names.aborted(), profile, clock, signal })) {
      this.#logger.info('an earlier plugin still runs; the kubelet was made ready for its end');
    } else this.#record.settled();
    this.#record.succeeded();
  }

  /**
   * While detached, the kubelet would not notice our end. So we register once more
   * and let that stream end last: our earlier ones end first, and a predecessor that
   * is stopped at the same time gets a second to end. A predecessor that keeps
   * running and watches us registers again by itself, without a gap.
   */
  async #shutDown(): Promise<void> {
    if (this.#record.binding !== 'detached' || this.#kubelet === undefined) return;
    // The kubelet knows the successor; a registration of ours would take its devices away when we end.
    if (this.#others.successors > 0) return;
    const { clock } = this.#options;
    try {
      // Twice, for an instance that is found takes a moment to answer.
      for (let half = 0; half < 2; half += 1) {
        this.#others.look();
        await clock.sleep(SETTLE_MS / 2);
      }
      if (this.#others.successors > 0 || this.#others.watchingPredecessors > 0) return;
      await this.#servers.close();
      await this.#register('register');
      await withDeadline(clock, SHUTDOWN_MS, 'waiting for the kubelet to listen', async (signal) =>
        this.#servers.newest?.streams.until((open) => open > 0, signal),
      );
    } catch (error) {
      this.#logger.warn('the kubelet may not notice the end', { error: errorMessage(error) });
    }
  }

  #othersChanged(what: 'found' | 'ended'): void {
    if (what === 'ended') this.#record.otherEnded();
    this.#quiet.set(this.#others.successors > 0);
    this.#notifier.notify();
  }

  #streamsChanged(open: number): void {
    this.#record.streamsChanged(open);
    this.#notifier.notify();
  }

  #setStatus(registered: boolean, message: string): void {
    const { value } = this.status;
    if (value.registered !== registered || value.message !== message) {
      this.status.set({ registered, message });
    }
  }
}
