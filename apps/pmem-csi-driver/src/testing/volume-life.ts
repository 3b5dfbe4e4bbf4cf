import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CsiClient, csi } from '@rackwright/csi';
import { createRequest, mounted, publishRequest, raw } from './driver.ts';

const { ControllerService: controller, NodeService: node } = csi;
const MiB = 2n ** 20n;

/** A volume from its creation to its end, through every call that changes something. */
export interface VolumeLife {
  readonly name: string;
  readonly capability: csi.VolumeCapability;
  readonly mebibytes: bigint;
  /** Its size later on; left out where it stays as it is. */
  readonly grown?: bigint;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Made by the kubelet for one pod. */
  readonly inline?: boolean;
}

/** Who is asked for what a life needs. */
export interface LifeDriver {
  /** @param what is done, such as `stage` */
  step<T>(what: string, work: (client: CsiClient) => Promise<T>): Promise<T>;
}

/** Where a life takes place. Paths are as requests have them. */
export interface LifePlaces {
  /** A folder that is there. */
  readonly staging: string;
  /** Where a volume is published; not there, in a folder that is. */
  readonly targets: readonly [string, string];
  /** A path as this process sees it. */
  readonly see: (path: string) => string;
}

export const ext4: VolumeLife = { name: 'ext4', capability: mounted('ext4'), mebibytes: 8n, grown: 16n };
/** mkfs.xfs takes no less than 300 MiB, of which a namespace keeps some for itself. */
export const xfs: VolumeLife = {
  ...{ name: 'xfs', capability: mounted('xfs'), mebibytes: 320n, grown: 336n },
  parameters: { usage: 'FileIO', eraseafter: 'false' },
};
export const block: VolumeLife = { name: 'block', capability: raw(), mebibytes: 8n, grown: 16n };
export const inline: VolumeLife = { name: 'inline', capability: mounted(), mebibytes: 8n, inline: true };

/** @throws if a call fails, or something of the volume is lost on the way */
export async function live(life: VolumeLife, places: LifePlaces, driver: LifeDriver): Promise<void> {
  await (life.inline ? liveInline(life, places, driver) : livePersistent(life, places, driver));
  for (const target of places.targets)
    if (existsSync(places.see(target))) throw new Error(`${target} is still there`);
}

async function liveInline(life: VolumeLife, { targets, see }: LifePlaces, driver: LifeDriver) {
  const volumeId = `csi-${life.name}`;
  const volumeContext = { size: `${life.mebibytes}Mi`, 'csi.storage.k8s.io/ephemeral': 'true' };
  const change = { volumeContext, stagingTargetPath: '', volumeCapability: life.capability };
  const [targetPath] = targets;
  const publish = publishRequest(volumeId, targetPath, change);
  await driver.step('publish', (client) => client.call(node.nodePublishVolume, publish));
  const file = join(see(targetPath), 'file');
  await writeFile(file, 'kept');
  await driver.step('publish', (client) => client.call(node.nodePublishVolume, publish));
  await requireKept(file);
  await driver.step('unpublish', (client) => client.call(node.nodeUnpublishVolume, { volumeId, targetPath }));
}

async function livePersistent(life: VolumeLife, places: LifePlaces, driver: LifeDriver): Promise<void> {
  const { capability, targets, staging: stagingTargetPath } = { ...life, ...places };
  const volumeId = await create(life, driver);
  const isMount = capability.accessType?.$case === 'mount';
  const stage = { volumeId, stagingTargetPath, volumeCapability: capability };
  const rest = { publishContext: {}, secrets: {}, volumeContext: {} };
  if (isMount)
    await driver.step('stage', (client) => client.call(node.nodeStageVolume, { ...stage, ...rest }));
  const how = { stagingTargetPath, volumeCapability: capability };
  for (const [i, target] of targets.entries()) {
    const publish = publishRequest(volumeId, target, { ...how, readonly: isMount && i > 0 });
    await driver.step('publish', (client) => client.call(node.nodePublishVolume, publish));
  }
  const file = join(places.see(targets[0]), 'file');
  if (isMount) await writeFile(file, 'kept');
  await grow(life, { volumeId, volumePath: targets[0], stagingTargetPath }, driver);
  await requireListed(volumeId, driver);
  if (isMount) await requireKept(file);
  for (const targetPath of targets)
    await driver.step('unpublish', (client) =>
      client.call(node.nodeUnpublishVolume, { volumeId, targetPath }),
    );
  if (isMount)
    await driver.step('unstage', (client) =>
      client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath }),
    );
  await requireListed(volumeId, driver);
  await driver.step('delete', (client) => client.call(controller.deleteVolume, { volumeId, secrets: {} }));
}

async function create(
  { name, capability, mebibytes, parameters = {} }: VolumeLife,
  driver: LifeDriver,
): Promise<string> {
  const capacityRange = { requiredBytes: mebibytes * MiB, limitBytes: 0n };
  const change = { capacityRange, volumeCapabilities: [capability], parameters };
  const request = { ...createRequest(`pvc-${name}`), ...change };
  const { volume } = await driver.step('create', (client) => client.call(controller.createVolume, request));
  await requireListed(volume?.volumeId, driver);
  return volume?.volumeId ?? '';
}

async function grow(
  { grown, capability: volumeCapability }: VolumeLife,
  where: { readonly volumeId: string; readonly volumePath: string; readonly stagingTargetPath: string },
  driver: LifeDriver,
): Promise<void> {
  if (grown === undefined) return;
  const capacityRange = { requiredBytes: grown * MiB, limitBytes: 0n };
  const request = { ...where, capacityRange, volumeCapability, secrets: {} };
  const { capacityBytes } = await driver.step('expand', (client) =>
    client.call(controller.controllerExpandVolume, request),
  );
  if (capacityBytes !== grown * MiB) throw new Error(`it has ${capacityBytes} bytes`);
  await driver.step('expand on the node', (client) => client.call(node.nodeExpandVolume, request));
}

async function requireListed(id: string | undefined, driver: LifeDriver): Promise<void> {
  const { entries } = await driver.step('list', (client) =>
    client.call(controller.listVolumes, { maxEntries: 0, startingToken: '' }),
  );
  const found = entries.filter(({ volume }) => volume?.volumeId === id);
  if (found.length !== 1 || found[0]?.status?.volumeCondition?.abnormal)
    throw new Error(`the volume is lost: ${JSON.stringify(entries.map(({ volume }) => volume?.volumeId))}`);
}

async function requireKept(file: string): Promise<void> {
  if ((await readFile(file, 'utf8')) !== 'kept') throw new Error(`${file} has lost its data`);
}
