import { fitName, maxLabelLength, maxNameLength } from '@rackwright/core';
import { cxi } from '@rackwright/keys';

// This module must stay free of zod: node agents import it.

/** The kernel numbers its NICs with 32 bits. */
const longestDevice = 'cxi4294967295';

/** The most characters of a node's name that go into the names of its CXIDevices. */
export const maxNodeInDeviceName: number = maxNameLength - longestDevice.length - 1;

/** Name of the CXIDevice of one device of a node. */
export function cxiDeviceName(node: string, device: string): string {
  return `${fitName(node, maxNodeInDeviceName)}-${device}`;
}

/** Value of the label that names the node on a CXIDevice: a label holds less than a node's name may have. */
export function nodeLabelValue(node: string): string {
  return fitName(node, maxLabelLength);
}

/** Selects the CXIDevices of a node; those of another node with the same label value are told apart by `status.node`. */
export function cxiDevicesOfNode(node: string): string {
  return `${cxi.label.node}=${nodeLabelValue(node)}`;
}
