import { truncate } from 'node:fs/promises';
import { type Clock, withDeadline } from '@rackwright/core';
import { type DriveSpec, driveNodes } from './drive.ts';
import { diskNode, driveDevice } from './qemu-arguments.ts';
import type { QmpClient } from './qmp-client.ts';

/** What faults need of the machine. */
interface Surroundings {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The file on the host that holds what is on a drive. */
  readonly file: (drive: DriveSpec) => string;
}

/** The guest's kernel lets go of a slot some seconds after it was asked to. */
const unplugDeadlineMs = 60_000;

/** Numbers of the kernel's errors that a drive can be made to answer with. */
const inputOutputError = 5;

/** Pulls drives, plugs them in and makes them misbehave, while the guest runs. */
export class DriveFaults {
  readonly #control: QmpClient;
  readonly #surroundings: Surroundings;

  constructor(control: QmpClient, surroundings: Surroundings) {
    this.#control = control;
    this.#surroundings = surroundings;
  }

  /** Pulls the drive; resolves when it is gone from the guest. */
  async unplug(drive: DriveSpec): Promise<void> {
    const { device } = driveNodes(drive);
    const { clock, signal } = this.#surroundings;
    await withDeadline(
      clock,
      unplugDeadlineMs,
      `pulling ${drive.name}`,
      async (until) => {
        const gone = this.#control.next(
          ({ event, data }) => event === 'DEVICE_DELETED' && data?.device === device,
          until,
        );
        await Promise.all([gone, this.#control.execute('device_del', { id: device })]);
      },
      signal,
    );
  }

  /** Plugs the drive in again, with what was on it. */
  async plug(drive: DriveSpec): Promise<void> {
    await this.#control.execute('device_add', driveDevice(drive));
  }

  /** Whether the drive is in its slot. */
  async isPlugged(drive: DriveSpec): Promise<boolean> {
    const list = (await this.#control.execute('qom-list', { path: '/machine/peripheral' })) as readonly {
      readonly name: string;
    }[];
    return list.some(({ name }) => name === driveNodes(drive).device);
  }

  /**
   * Puts drives of the same serials with nothing on them, and no fault, in their
   * place. None is plugged in while another is being pulled: at each change of any
   * slot QEMU's firmware tells the guest again of a pull that is not done yet, and the
   * guest would do it a second time, with the new drive.
   */
  async blank(drives: readonly DriveSpec[]): Promise<void> {
    for (const drive of drives) {
      if (await this.isPlugged(drive)) await this.unplug(drive);
      await this.clear(drive);
    }
    for (const drive of drives) await this.plug(drive);
  }

  /** Nothing is on the drive any more, and it has no fault; the guest, if it has it, must not have it open. */
  async clear(drive: DriveSpec): Promise<void> {
    await this.heal(drive);
    const file = this.#surroundings.file(drive);
    await truncate(file, 0);
    await truncate(file, drive.sizeBytes);
  }

  /** Sets the bits of the drive's critical warning; the others of its log stay as they are. */
  async setCriticalWarning(drive: DriveSpec, bits: number): Promise<void> {
    const path = `/machine/peripheral/${driveNodes(drive).device}`;
    await this.#control.execute('qom-set', { path, property: 'smart_critical_warning', value: bits });
  }

  /** From now on each write of the drive fails. */
  async failWrites(drive: DriveSpec): Promise<void> {
    const { file } = driveNodes(drive);
    const rule = { event: 'none', iotype: 'write', errno: inputOutputError, once: false, immediately: true };
    await this.#insert(drive, { driver: 'blkdebug', image: file, 'inject-error': [rule] });
  }

  /** From now on the drive does no more than so many operations a second. */
  async slowDown(drive: DriveSpec, operationsPerSecond: number): Promise<void> {
    const { file, fault } = driveNodes(drive);
    const id = `group-${fault}`;
    const limits = { 'iops-total': operationsPerSecond };
    await this.#control.execute('object-add', { 'qom-type': 'throttle-group', id, limits });
    await this.#insert(drive, { driver: 'throttle', 'throttle-group': id, file });
  }

  /** Ends what `failWrites` or `slowDown` began; without either it changes nothing. */
  async heal(drive: DriveSpec): Promise<void> {
    const { file, fault } = driveNodes(drive);
    const nodes = (await this.#control.execute('query-named-block-nodes', { flat: true })) as readonly {
      readonly 'node-name': string;
    }[];
    if (!nodes.some((node) => node['node-name'] === fault)) return;
    await this.#over(drive, file);
    await this.#control.execute('blockdev-del', { 'node-name': fault });
    await this.#control.execute('object-del', { id: `group-${fault}` }).catch(() => undefined);
  }

  /** Puts a node between the drive and its file. */
  async #insert(drive: DriveSpec, node: Readonly<Record<string, unknown>>): Promise<void> {
    const { fault } = driveNodes(drive);
    await this.#control.execute('blockdev-add', { ...node, 'node-name': fault });
    await this.#over(drive, fault);
  }

  async #over(drive: DriveSpec, below: string): Promise<void> {
    await this.#control.execute('blockdev-reopen', { options: [diskNode(drive, below)] });
  }
}
