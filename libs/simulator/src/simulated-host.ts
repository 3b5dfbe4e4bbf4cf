import { type Clock, systemClock } from '@rackwright/core';
import { HostCommands } from './commands/commands.ts';
import { Mounts } from './commands/mount/mounts.ts';
import { HostCore } from './host/host-core.ts';
import { hostCommands } from './host-commands.ts';
import { equipmentOf, type HostHardware, type HostSpec, hardwareOf } from './kinds.ts';
import { ActiveVolumes } from './lvm/active-volumes.ts';

/**
 * A node's files with hardware in them, and the actions that change them as hardware
 * would: `hardware` has a member for each kind.
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
    const software =
      spec.commands === true ? [new Mounts(host.context), new ActiveVolumes(host.context)] : [];
    await host.start([...Object.values(host.hardware), ...software]);
    if (spec.commands === true) await host.commands.install(hostCommands);
    return host;
  }

  private constructor(folder: string, spec: HostSpec, clock: Clock) {
    super(folder, spec, clock, equipmentOf(spec));
    this.hardware = hardwareOf(this.context, spec);
    this.commands = new HostCommands(this.root);
  }
}
