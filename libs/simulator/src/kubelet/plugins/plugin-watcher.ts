import { Backoff, type Clock, errorMessage, type Logger } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';
import type { PluginHandlers } from './plugin-handler.ts';
import { type Registration, registerPlugin } from './plugin-registration.ts';
import { pluginSockets } from './plugin-sockets.ts';

export interface PluginWatcherOptions {
  /** Folder of this machine in which plugins make their sockets. */
  readonly folder: string;
  readonly handlers: PluginHandlers;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often the kubelet compares what is there with what it knows, in milliseconds. */
const periodMs = 1000;

/** What is known of one socket. */
interface Entry {
  readonly identity: string;
  readonly backoff: Backoff;
  registration?: Registration;
  /** When to try again after a failure. */
  retryAt: number;
}

/** Takes plugins that register in a folder, and lets go of those whose socket has gone (pkg/kubelet/pluginmanager). */
export class PluginWatcher {
  readonly #options: PluginWatcherOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: PluginWatcherOptions) {
    this.#options = options;
  }

  /** Looks every second until `signal` aborts; plugins stay registered then. */
  async run(signal: AbortSignal): Promise<void> {
    const { folder, clock } = this.#options;
    await makeFolder(folder, { mode: 0o750 });
    while (!signal.aborted) {
      await this.#reconcile(signal);
      await clock.sleep(periodMs, signal).catch(() => undefined);
    }
  }

  /** Lets go of what has gone first, so that what has come in its place can be taken. */
  async #reconcile(signal: AbortSignal): Promise<void> {
    const sockets = await pluginSockets(this.#options.folder);
    for (const [socket, entry] of this.#entries) {
      if (sockets.get(socket) === entry.identity) continue;
      this.#entries.delete(socket);
      await this.#deregister(socket, entry);
    }
    const work = [...sockets].map(([socket, identity]) => {
      const entry = this.#entries.get(socket) ?? newEntry(identity);
      this.#entries.set(socket, entry);
      const isDue = entry.registration === undefined && entry.retryAt <= this.#options.clock.monotonic();
      return isDue && !signal.aborted ? this.#register(socket, entry, signal) : undefined;
    });
    await Promise.all(work);
  }

  async #register(socket: string, entry: Entry, signal: AbortSignal): Promise<void> {
    const { handlers, clock, logger } = this.#options;
    try {
      entry.registration = await registerPlugin({ socket, clock, signal }, handlers);
      logger.info('plugin registered', { plugin: entry.registration.plugin.name, socket });
    } catch (error) {
      if (signal.aborted) return;
      entry.retryAt = clock.monotonic() + entry.backoff.next();
      logger.warn('plugin not registered', { socket, error: errorMessage(error) });
    }
  }

  async #deregister(socket: string, { registration }: Entry): Promise<void> {
    if (registration === undefined) return;
    const { plugin, handler } = registration;
    try {
      await handler.deregister(plugin);
    } catch (error) {
      const what = { plugin: plugin.name, socket, error: errorMessage(error) };
      this.#options.logger.error('plugin not let go of', what);
    }
  }
}

function newEntry(identity: string): Entry {
  const backoff = new Backoff({ initialMs: 500, maxMs: 122_000, jitter: 0 });
  return { identity, backoff, retryAt: Number.NEGATIVE_INFINITY };
}
