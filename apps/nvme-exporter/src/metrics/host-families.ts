import type { NamespaceUse } from '@rackwright/hardware-nvme';
import { nvmeMetric as names } from '@rackwright/keys';
import { type Family, labelsOf, ofNode, perDrive, severalPerDrive } from './family.ts';

/** States of the driver (drivers/nvme/host/sysfs.c), and one for what is none of them. */
export const controllerStates = [
  'new',
  'live',
  'resetting',
  'connecting',
  'deleting',
  'deleting_no_io',
  'dead',
  'unknown',
] as const;

/** What the kernel says as one of `controllerStates`. */
export function controllerState(state: string | undefined): (typeof controllerStates)[number] {
  if (state === 'deleting (no IO)') return 'deleting_no_io';
  if (state === 'reconnecting') return 'connecting';
  return controllerStates.find((known) => known === state) ?? 'unknown';
}

/** Metrics of what sysfs says: they are there whatever the drive does. */
export const hostFamilies: readonly Family[] = [
  severalPerDrive(
    { name: names.deviceInfo, type: 'gauge', help: 'What the drive is, as labels; always 1.' },
    ['model', 'firmware', 'serial', 'address', 'transport', 'wwid'],
    ({ controller: { model, firmware, serial, pciAddress, transport, namespaces } }) => [
      [labelsOf({ model, firmware, serial, address: pciAddress, transport, wwid: namespaces[0]?.wwid }), 1],
    ],
  ),
  severalPerDrive(
    { name: names.controllerState, type: 'gauge', help: 'State of the controller: 1 for the one it is in.' },
    ['state'],
    ({ controller }) =>
      controllerStates.map((state) => [{ state }, Number(controllerState(controller.state) === state)]),
  ),
  perDrive(
    { name: names.physicalSize, type: 'gauge', help: 'Size of the first namespace.' },
    ({ controller }) => controller.namespaces[0]?.sizeBytes,
  ),
  perDrive(
    { name: names.sectorSize, type: 'gauge', help: 'Size of its logical blocks.' },
    ({ controller }) => controller.namespaces[0]?.logicalBlockBytes,
  ),
  perDrive(
    { name: names.linkSpeed, type: 'gauge', help: 'Speed of the PCIe link in GT/s.' },
    ({ controller }) => controller.link?.gigatransfers,
  ),
  perDrive(
    { name: names.linkWidth, type: 'gauge', help: 'Lanes of the PCIe link.' },
    ({ controller }) => controller.link?.lanes,
  ),
  perDrive(
    { name: names.maxLinkSpeed, type: 'gauge', help: 'Speed the drive could have, in GT/s.' },
    ({ controller }) => controller.maxLink?.gigatransfers,
  ),
  perDrive(
    { name: names.maxLinkWidth, type: 'gauge', help: 'Lanes the drive could have.' },
    ({ controller }) => controller.maxLink?.lanes,
  ),
  perNamespace(names.namespaceRead, 'Bytes read since the host started.', ({ readBytes }) => readBytes),
  perNamespace(
    names.namespaceWritten,
    'Bytes written since the host started.',
    ({ writtenBytes }) => writtenBytes,
  ),
  perNamespace(
    names.namespaceIoTime,
    'Time with at least one request under way.',
    ({ ioMilliseconds }) => Number(ioMilliseconds) / 1000,
  ),
  perNamespace(names.namespaceReads, 'Reads completed.', ({ readsCompleted }) => readsCompleted),
  perNamespace(names.namespaceWrites, 'Writes completed.', ({ writesCompleted }) => writesCompleted),
  ofNode(
    { name: names.diskInfo, type: 'gauge', help: 'Disks that are no NVMe drives, as labels; always 1.' },
    ['device', 'vendor', 'model'],
    ({ disks }) => disks.map(({ name, vendor, model }) => [labelsOf({ device: name, vendor, model }), 1]),
  ),
  ofNode({ name: names.diskSize, type: 'gauge', help: 'Size of such a disk.' }, ['device'], ({ disks }) =>
    disks.flatMap(({ name, sizeBytes }) => (sizeBytes === undefined ? [] : [[{ device: name }, sizeBytes]])),
  ),
  ofNode({ name: names.diskRotational, type: 'gauge', help: 'Whether it turns.' }, ['device'], ({ disks }) =>
    disks.flatMap(({ name, rotational }) =>
      rotational === undefined ? [] : [[{ device: name }, Number(rotational)]],
    ),
  ),
];

function perNamespace(name: string, help: string, value: (use: NamespaceUse) => number | bigint): Family {
  return severalPerDrive({ name, type: 'counter', help }, ['namespace'], ({ details }) =>
    details.namespaces.map((use) => [{ namespace: use.name }, value(use)]),
  );
}
