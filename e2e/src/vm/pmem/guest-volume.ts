import { csi } from '@rackwright/csi';
import { type Mount, parseMountinfo } from '@rackwright/host';
import { mountAt } from '@rackwright/storage';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import type { GuestDriver } from './guest-driver.ts';
import { shell } from './guest-host.ts';
import {
  createRequest,
  type KnownVolume,
  mounted,
  placesOf,
  publishRequest,
  stageRequest,
  type VolumeWish,
} from './volume-requests.ts';

const { ControllerService: controller, NodeService: node } = csi;
const mebibyte = 2n ** 20n;

/** A volume of the driver in the guest, used as the kubelet uses it, by one pod. */
export class GuestVolume {
  readonly #testEnv: MachineEnvironment;
  readonly #known: KnownVolume;
  /** The driver that serves it now. */
  driver: GuestDriver;

  /** @param known one that is there already */
  constructor(testEnv: MachineEnvironment, driver: GuestDriver, known: KnownVolume) {
    this.#testEnv = testEnv;
    this.#known = known;
    this.driver = driver;
  }

  static async create(
    testEnv: MachineEnvironment,
    driver: GuestDriver,
    wish: VolumeWish,
  ): Promise<GuestVolume> {
    const { volume } = await driver.csi.call(controller.createVolume, createRequest(wish));
    expectThat(`a volume ${wish.name}`, volume !== undefined, volume);
    expectThat('it is as large as asked for', volume.capacityBytes >= wish.mebibytes * mebibyte, volume);
    return new GuestVolume(testEnv, driver, { wish, id: volume.volumeId, context: volume.volumeContext });
  }

  get id(): string {
    return this.#known.id;
  }

  get staging(): string {
    return placesOf(this.#known.wish).staging;
  }

  /** Where the pod has it. */
  get target(): string {
    return placesOf(this.#known.wish).target;
  }

  async stage(): Promise<void> {
    await shell(this.#testEnv, `mkdir -p ${this.staging}`);
    await this.driver.csi.call(node.nodeStageVolume, stageRequest(this.#known));
  }

  async publish(): Promise<void> {
    await this.driver.csi.call(node.nodePublishVolume, publishRequest(this.#known));
  }

  /** Staged and published. */
  async attach(): Promise<void> {
    await this.stage();
    await this.publish();
  }

  /** Unpublished and unstaged. */
  async detach(): Promise<void> {
    await this.driver.csi.call(node.nodeUnpublishVolume, { volumeId: this.id, targetPath: this.target });
    await this.driver.csi.call(node.nodeUnstageVolume, {
      volumeId: this.id,
      stagingTargetPath: this.staging,
    });
  }

  async delete(): Promise<void> {
    await this.driver.csi.call(controller.deleteVolume, { volumeId: this.id, secrets: {} });
  }

  /** Grows it while the pod has it. */
  async grow(mebibytes: bigint): Promise<void> {
    const capacityRange = { requiredBytes: mebibytes * mebibyte, limitBytes: 0n };
    const volumeCapability = mounted(this.#known.wish.fileSystem);
    await this.driver.csi.call(controller.controllerExpandVolume, {
      ...{ volumeId: this.id, capacityRange, volumeCapability, secrets: {} },
    });
    await this.driver.csi.call(node.nodeExpandVolume, {
      ...{ volumeId: this.id, capacityRange, volumeCapability, secrets: {} },
      ...{ volumePath: this.target, stagingTargetPath: this.staging },
    });
  }

  /** Bytes of its file system, as the kubelet is told. */
  async total(): Promise<bigint> {
    const { usage } = await this.driver.csi.call(node.nodeGetVolumeStats, {
      ...{ volumeId: this.id, volumePath: this.target, stagingTargetPath: '' },
    });
    return usage.find(({ unit }) => unit === csi.VolumeUsage_Unit.BYTES)?.total ?? 0n;
  }

  /** What is mounted where the pod has it; undefined if nothing is. */
  async mount(): Promise<Mount | undefined> {
    const text = await this.#testEnv.machine.call('read', { path: '/proc/self/mountinfo' });
    return mountAt(parseMountinfo(text ?? ''), this.target);
  }

  /** Its line of /proc/mounts. */
  async mountLine(): Promise<string> {
    const text = await this.#testEnv.machine.call('read', { path: '/proc/mounts' });
    return text?.split('\n').find((line) => line.includes(` ${this.target} `)) ?? '';
  }

  /** Fills a file with so many MiB that nobody else has; resolves with its digest once it is on the volume. */
  async fill(file: string, mebibytes: number): Promise<string> {
    const path = `${this.target}/${file}`;
    await shell(
      this.#testEnv,
      `dd if=/dev/urandom of=${path} bs=1M count=${mebibytes} conv=fsync 2>/dev/null`,
    );
    return this.digest(file);
  }

  async digest(file: string): Promise<string> {
    return (await shell(this.#testEnv, `sha256sum < ${this.target}/${file}`)).split(' ')[0] ?? '';
  }

  /** Takes it from the pod and the node; nothing of it is left. */
  async remove(): Promise<void> {
    await this.detach();
    expectEqual('what is mounted for the pod', await this.mount(), undefined);
    await this.delete();
    const { entries } = await this.driver.csi.call(controller.listVolumes, {
      ...{ maxEntries: 0, startingToken: '' },
    });
    expectThat(
      'the volume is gone',
      entries.every(({ volume }) => volume?.volumeId !== this.id),
      entries,
    );
  }
}
