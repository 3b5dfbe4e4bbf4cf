import { mkdirSync } from 'node:fs';
import { type CsiClient, csi } from '@rackwright/csi';

const { ControllerService: controller, NodeService: node } = csi;

/** An ext4 volume, taken from create to delete as the provisioner and the kubelet do. */
export class BenchVolume {
  readonly #client: CsiClient;
  readonly #bytes: bigint;
  readonly #name: string;
  readonly staging: string;
  readonly target: string;
  id = '';
  #context: Record<string, string> = {};

  constructor(client: CsiClient, folder: string, { name, bytes }: { name: string; bytes: bigint }) {
    this.#client = client;
    this.#bytes = bytes;
    this.#name = name;
    this.staging = `${folder}/staging-${name}`;
    this.target = `${folder}/pod-${name}`;
  }

  async create(eraseAfter: boolean): Promise<void> {
    const { volume } = await this.#client.call(controller.createVolume, {
      ...{
        name: this.#name,
        parameters: { eraseafter: `${eraseAfter}` },
        mutableParameters: {},
        secrets: {},
      },
      capacityRange: { requiredBytes: this.#bytes, limitBytes: 0n },
      volumeCapabilities: [capability],
      ...{ volumeContentSource: undefined, accessibilityRequirements: undefined },
    });
    if (volume === undefined) throw new Error('no volume');
    [this.id, this.#context] = [volume.volumeId, volume.volumeContext];
  }

  async attach(): Promise<void> {
    mkdirSync(this.staging, { recursive: true });
    const stage = {
      ...{ volumeId: this.id, volumeContext: this.#context, stagingTargetPath: this.staging },
      ...{ volumeCapability: capability, publishContext: {}, secrets: {} },
    };
    await this.#client.call(node.nodeStageVolume, stage);
    await this.#client.call(node.nodePublishVolume, { ...stage, targetPath: this.target, readonly: false });
  }

  async detach(): Promise<void> {
    const volumeId = this.id;
    await this.#client.call(node.nodeUnpublishVolume, { volumeId, targetPath: this.target });
    await this.#client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath: this.staging });
  }

  async delete(): Promise<void> {
    await this.#client.call(controller.deleteVolume, { volumeId: this.id, secrets: {} });
  }

  async stats(): Promise<void> {
    await this.#client.call(node.nodeGetVolumeStats, {
      ...{ volumeId: this.id, volumePath: this.target, stagingTargetPath: this.staging },
    });
  }
}

const capability: csi.VolumeCapability = {
  accessType: { $case: 'mount', mount: { fsType: 'ext4', mountFlags: [], volumeMountGroup: '' } },
  accessMode: { mode: csi.VolumeCapability_AccessMode_Mode.SINGLE_NODE_WRITER },
};
