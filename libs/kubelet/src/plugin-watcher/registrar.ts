import { aborted, type Clock, HwError, Latest, Lifetime, type Logger, type Runnable } from '@rackwright/core';
import { GrpcServer } from '@rackwright/grpc';
import {
  type PluginInfo,
  type RegistrationServer,
  RegistrationService,
} from '../gen/pluginregistration/v1/api.ts';

/** What the kubelet's plugin watcher is told, and where. */
export interface PluginRegistrarOptions {
  readonly plugin: PluginInfo;
  /** The kubelet's plugins_registry as this process sees it. */
  readonly folder: string;
  /** File name of the socket there, for instance `example.com-reg.sock`. */
  readonly socket: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often the socket is looked at, in milliseconds. Default 5000. */
  readonly pollMs?: number;
}

/**
 * Makes a plugin known to the kubelet (k8s.io/kubelet pluginregistration/v1).
 * The kubelet finds the socket, asks what it stands for and answers whether it
 * has taken it; it does so again after each of its restarts, and when the socket
 * was made anew.
 */
export class PluginRegistrar implements Runnable {
  readonly name = 'registrar';
  /** Whether the kubelet has taken the plugin. */
  readonly registered = new Latest(false);
  readonly #options: PluginRegistrarOptions;
  #server: GrpcServer | undefined;

  constructor(options: PluginRegistrarOptions) {
    this.#options = options;
  }

  /**
   * @throws HwError FailedPrecondition if the kubelet refuses the plugin, which is to be
   *   registered by a new process then; what `GrpcServer.listen` fails with
   */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, pollMs = 5000 } = this.#options;
    await using refused = new Lifetime({ parent: signal });
    await this.#listen(refused);
    while (!refused.signal.aborted) {
      await Promise.race([clock.sleep(pollMs, refused.signal), aborted(refused.signal)]).catch(
        () => undefined,
      );
      if (!refused.signal.aborted && this.missing() !== undefined) await this.#listen(refused);
    }
    await this.#server?.close();
    this.registered.set(false);
    if (!signal.aborted) throw refused.signal.reason;
  }

  /** What keeps the kubelet from reaching the registrar; undefined if nothing does. */
  missing(): string | undefined {
    if (this.#server === undefined) return 'the registration socket is not served yet';
    return this.#server.stands ? undefined : `the registration socket ${this.#server.address} was removed`;
  }

  async #listen(refused: Lifetime): Promise<void> {
    const { folder, socket, clock, logger } = this.#options;
    await this.#server?.close();
    this.registered.set(false);
    const service = this.#service(refused);
    const add = { folder, name: socket, clock };
    this.#server = await GrpcServer.listen((server) => server.addService(RegistrationService, service), add);
    logger.info('waiting for the kubelet', { socket: this.#server.address });
  }

  #service(refused: Lifetime): RegistrationServer {
    const { plugin, logger } = this.#options;
    return {
      getInfo: (_call, done) => done(null, plugin),
      notifyRegistrationStatus: ({ request }, done) => {
        this.registered.set(request.pluginRegistered);
        if (request.pluginRegistered) {
          logger.info('registered with the kubelet', { plugin: plugin.name });
        } else {
          const message = `the kubelet refuses ${plugin.name}: ${request.error}`;
          refused.stop(new HwError('FailedPrecondition', message));
        }
        done(null, {});
      },
    };
  }
}
