import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { sharedFolder, waitUntil, workspaceRoot } from '@rackwright/testbed';
import { expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { GuestCsi } from './guest-csi.ts';
import { stateFolder } from './guest-host.ts';

export const driverName = 'pmem-csi.intel.com';
export const nodeName = 'guest';
/** Where the kubelet would look for the driver. */
const socketFolder = `/var/lib/kubelet/plugins/${driverName}`;
export const endpoint = `unix://${socketFolder}/csi.sock`;

/** The built driver; the guest has it where this machine has it. */
const bundle = join(workspaceRoot, 'dist/apps/pmem-csi-driver/main.js');
/** What it logs, in the guest. */
const driverLog = join(sharedFolder, 'driver.log');

export type DeviceManagerName = 'lvm' | 'direct' | 'loop';

/** The driver in the guest, with the flags its DaemonSet gives it. */
export class GuestDriver {
  readonly #testEnv: MachineEnvironment;
  readonly pid: number;
  readonly csi: GuestCsi;

  private constructor(testEnv: MachineEnvironment, pid: number) {
    this.#testEnv = testEnv;
    this.pid = pid;
    this.csi = new GuestCsi(testEnv, endpoint);
  }

  /** Starts it and waits until it answers. @throws HwError with the end of its log if it ends instead */
  static async start(
    testEnv: MachineEnvironment,
    mode: DeviceManagerName,
    flags: readonly string[] = [],
  ): Promise<GuestDriver> {
    const { machine, clock, signal } = testEnv;
    await machine.run(['mkdir', '-p', socketFolder]);
    const own = [`-deviceManager=${mode}`, `-endpoint=${endpoint}`, `-statePath=${stateFolder}`];
    const pid = await machine.call('start', {
      argv: [process.execPath, bundle, ...own, `-nodeid=${nodeName}`, '-v=5', ...flags],
      env: {},
      log: driverLog,
    });
    const driver = new GuestDriver(testEnv, pid);
    const look = (): Promise<'ready' | 'ended' | undefined> => driver.#state();
    const state = await waitUntil('the driver', look, { clock, signal, deadlineMs: 300_000 });
    if (state === 'ended') throw new HwError('Internal', `the driver ended: ${await driver.#lastLines()}`);
    return driver;
  }

  async #state(): Promise<'ready' | 'ended' | undefined> {
    if ((await this.#exit()) !== null) return 'ended';
    const answer = await this.csi.call(csi.IdentityService.probe, {}).catch(() => undefined);
    return answer?.ready === true ? 'ready' : undefined;
  }

  /** Ends it as a kubelet ends a container. */
  async stop(): Promise<void> {
    await this.#signal('SIGTERM');
    const end = await this.#ended();
    expectThat('the driver ends in order', end.code === 0 && end.signal === null, end);
  }

  async kill(): Promise<void> {
    await this.#signal('SIGKILL');
    await this.#ended();
  }

  /** Leaves nothing running for the next case. */
  async endIfRunning(): Promise<void> {
    if (this.#testEnv.machine.isOn && (await this.#exit()) === null) await this.kill();
  }

  #exit() {
    return this.#testEnv.machine.call('exit', { pid: this.pid });
  }

  #ended() {
    const { clock, signal } = this.#testEnv;
    const look = async () => (await this.#exit()) ?? undefined;
    return waitUntil('the end of the driver', look, { clock, signal, deadlineMs: 60_000 });
  }

  async #signal(name: NodeJS.Signals): Promise<void> {
    await this.#testEnv.machine.call('signal', { pid: this.pid, name });
  }

  async #lastLines(): Promise<string> {
    const text = (await this.#testEnv.machine.call('read', { path: driverLog })) ?? '';
    return text.trimEnd().split('\n').slice(-5).join('\n');
  }
}

/** Runs `work` with a driver that ends in order after it, and in any case. */
export async function withDriver(
  testEnv: MachineEnvironment,
  mode: DeviceManagerName,
  flags: readonly string[],
  work: (driver: GuestDriver) => Promise<void>,
): Promise<void> {
  const driver = await GuestDriver.start(testEnv, mode, flags);
  try {
    await work(driver);
    await driver.stop();
  } finally {
    await driver.endIfRunning();
  }
}
