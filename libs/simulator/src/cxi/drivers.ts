import { readFileSync } from 'node:fs';
import type { HostRoot } from '@rackwright/host';
import { removePath, replaceFile, SCRATCH } from '../host/atomic-files.ts';
import { addDeviceNode } from '../host/device-node.ts';
import type { HostContext, ModuleChange } from '../host/hardware.ts';
import { writeTree } from '../host/tree.ts';
import { activeLayers, type LayerModule, layerRoots, layerTree } from './layers.ts';
import type { NicFunction } from './nic.ts';
import { deviceNode } from './nic-tree.ts';
import { uevent } from './pci-tree.ts';

/** What drivers need of a host. */
type DriverHost = Pick<HostContext, 'root' | 'devNodes'>;

/** The functions of a host, kept there so that programs of the host can load and unload drivers too. */
interface Kept {
  readonly devNodes: HostContext['devNodes'];
  readonly functions: readonly NicFunction[];
}

const FILE = `${SCRATCH}/cxi/functions.json`;

export function keepFunctions({ root, devNodes }: DriverHost, functions: readonly NicFunction[]): void {
  replaceFile(root, FILE, JSON.stringify({ devNodes, functions } satisfies Kept));
}

export function unbindNics({ root, before, after }: ModuleChange): void {
  const gone = activeLayers(before).filter((layer) => !activeLayers(after).includes(layer));
  for (const nic of readKept(root).functions) hideLayers(root, nic, gone.toReversed());
}

export function bindNics({ root, before, after, nowMs }: ModuleChange): void {
  const come = activeLayers(after).filter((layer) => !activeLayers(before).includes(layer));
  const { devNodes, functions } = readKept(root);
  for (const nic of functions) showLayers({ root, devNodes }, nic, come, nowMs);
}

function readKept(root: HostRoot): Kept {
  return JSON.parse(readFileSync(root.path(FILE), 'utf8')) as Kept;
}

/** What drivers show of a function appears. */
export function showLayers(
  { root, devNodes }: DriverHost,
  nic: NicFunction,
  layers: readonly LayerModule[],
  nowMs: number,
): void {
  for (const layer of layers) {
    writeTree(root, layerTree(layer, nic, nowMs));
    if (layer === 'cxi_user') addDeviceNode(root, deviceNode(nic), devNodes);
    if (layer === 'cxi_ss1') replaceFile(root, `${nic.folder}/uevent`, uevent(nic));
  }
}

/** What drivers showed of a function disappears. */
export function hideLayers(root: HostRoot, nic: NicFunction, layers: readonly LayerModule[]): void {
  for (const layer of layers) {
    if (layer === 'cxi_user') removePath(root, `/dev/${nic.name}`);
    for (const path of layerRoots(layerTree(layer, nic, 0), nic.folder)) removePath(root, path);
    if (layer === 'cxi_ss1') replaceFile(root, `${nic.folder}/uevent`, uevent(nic, false));
  }
}
