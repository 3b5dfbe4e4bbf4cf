import { mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csi } from '@rackwright/csi';
import { type DriverParts, TestDriver } from './driver.ts';
import { removeWithLoops } from './loop-host.ts';
import { PmemHost } from './pmem-host.ts';
import type { LifePlaces } from './volume-life.ts';

/** Of devices. */
export type MishapMode = 'lvm' | 'direct' | 'loop';

/** A node for a driver and its volumes. */
export interface MishapNode extends AsyncDisposable {
  readonly places: LifePlaces;
  start(parts: DriverParts): Promise<TestDriver>;
  /** What volumes take of it, as a text that changes with them. */
  taken(driver: TestDriver): Promise<string>;
}

/** A simulated node with a region of persistent memory, or this machine with files as disks. */
export function mishapNode(mode: MishapMode): Promise<MishapNode> {
  return mode === 'loop' ? loopNode() : pmemNode(mode);
}

const kubelet = '/var/lib/kubelet';

async function pmemNode(deviceManager: MishapMode): Promise<MishapNode> {
  const pmem = await PmemHost.create([{ bytes: 512 * 2 ** 20 }]);
  const { root } = pmem.host;
  for (const folder of ['staging', 'pods'])
    await mkdir(root.path(join(kubelet, folder)), { recursive: true });
  const asked = { volumeCapabilities: [], parameters: {}, accessibleTopology: undefined };
  return {
    places: placesBelow(kubelet, (path) => root.path(path)),
    start: (parts) => pmem.start({ deviceManager }, parts),
    taken: async ({ client }) => {
      const { availableCapacity } = await client.call(csi.ControllerService.getCapacity, asked);
      const mounts = (await pmem.mounts()).filter(({ mountPoint }) => mountPoint.startsWith(kubelet));
      return [`${availableCapacity} bytes are free`, ...mounts.map(({ mountPoint }) => mountPoint)].join();
    },
    [Symbol.asyncDispose]: () => pmem[Symbol.asyncDispose](),
  };
}

async function loopNode(): Promise<MishapNode> {
  const folder = await mkdtemp(join(tmpdir(), 'pmem-mishaps-'));
  for (const name of ['staging', 'pods']) await mkdir(join(folder, name));
  return {
    places: placesBelow(folder, (path) => path),
    start: (parts) => TestDriver.start(folder, { deviceManager: 'loop' }, parts),
    taken: async ({ state }) => (await readdir(join(state, 'loop'))).join(),
    [Symbol.asyncDispose]: () => removeWithLoops(folder),
  };
}

function placesBelow(folder: string, see: LifePlaces['see']): LifePlaces {
  const targets = [join(folder, 'pods/one'), join(folder, 'pods/two')] as const;
  return { staging: join(folder, 'staging'), targets, see };
}
