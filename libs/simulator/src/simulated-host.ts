import { type Clock, systemClock } from '@rackwright/core';
import { HostCommands } from './commands/commands.ts';
import { Mounts } from './commands/mount/mounts.ts';
import type { CxiHardware } from './cxi/cxi-hardware.ts';
import type { NicFunction } from './cxi/nic.ts';
import type { HandlerBehaviour } from './cxi/retry-handler/behaviour.ts';
import type { NicSpec } from './cxi/spec.ts';
import { HostCore } from './host/host-core.ts';
import { hostCommands } from './host-commands.ts';
import { equipmentOf, type HostHardware, type HostSpec, hardwareOf } from './kinds.ts';

/**
 * A node's files with hardware in them, and the actions that change them as hardware
 * would: `hardware` has a member for each kind. What is asked of NICs most
 * often can be asked of the host itself.
 */
export class SimulatedHost extends HostCore {
  readonly hardware: HostHardware;
  /** The programs on the host, where its spec asks for them. */
  readonly commands: HostCommands;

  /**
   * Builds the tree in `folder`, which is created and should be empty.
   *
   * @param clock times of telemetry and link restarts; default the machine's
   */
  static async create(folder: string, spec: HostSpec, clock: Clock = systemClock): Promise<SimulatedHost> {
    const host = new SimulatedHost(folder, spec, clock);
    const mounts = spec.commands === true ? [new Mounts(host.context)] : [];
    await host.start([...Object.values(host.hardware), ...mounts]);
    if (spec.commands === true) await host.commands.install(hostCommands);
    return host;
  }

  private constructor(folder: string, spec: HostSpec, clock: Clock) {
    super(folder, spec, clock, equipmentOf(spec));
    this.hardware = hardwareOf(this.context, spec);
    this.commands = new HostCommands(this.root);
  }

  /** See `CxiHardware`, as for all below. */
  nics(): readonly string[] {
    return this.#cxi.nics();
  }

  functions(): readonly NicFunction[] {
    return this.#cxi.functions();
  }

  nic(name: string): NicFunction {
    return this.#cxi.nic(name);
  }

  unplug(name: string): Promise<void> {
    return this.#cxi.unplug(name);
  }

  plug(spec: NicSpec): Promise<string> {
    return this.#cxi.plug(spec);
  }

  setLink(name: string, state: 'up' | 'down'): Promise<void> {
    return this.#cxi.setLink(name, state);
  }

  write(name: string, file: string, content: string | Uint8Array): Promise<void> {
    return this.#cxi.write(name, file, content);
  }

  remove(name: string, file: string): Promise<void> {
    return this.#cxi.remove(name, file);
  }

  read(name: string, file: string): string {
    return this.#cxi.read(name, file);
  }

  passTraffic(seconds: number): Promise<void> {
    return this.#cxi.passTraffic(seconds);
  }

  retryHandlerPid(name: string): number | undefined {
    return this.#cxi.retryHandlerPid(name);
  }

  setRetryHandlerBehaviour(name: string, behaviour: HandlerBehaviour): Promise<void> {
    return this.#cxi.setRetryHandlerBehaviour(name, behaviour);
  }

  killRetryHandler(name: string): Promise<void> {
    return this.#cxi.killRetryHandler(name);
  }

  get #cxi(): CxiHardware {
    return this.hardware.cxi;
  }
}
