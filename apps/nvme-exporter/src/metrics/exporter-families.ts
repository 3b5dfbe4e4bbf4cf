import { nvmeMetric as names } from '@rackwright/keys';
import type { Collection } from '../collect/collection.ts';
import { type Family, ofNode, perDrive } from './family.ts';

/** Metrics of how the exporter fares. */
export const exporterFamilies: readonly Family[] = [
  perDrive(
    {
      name: names.deviceUp,
      type: 'gauge',
      help: 'Whether the newest attempt to read the SMART log came to something.',
    },
    ({ up }) => Number(up),
  ),
  perDrive(
    { name: names.collectionDuration, type: 'gauge', help: 'How long that attempt took.' },
    ({ attempt }) => attempt?.seconds,
  ),
  perDrive(
    { name: names.lastCollection, type: 'gauge', help: 'When it ended, in seconds since the epoch.' },
    ({ attempt }) => attempt && attempt.atMs / 1000,
  ),
  ofNode(
    {
      name: names.collectionErrors,
      type: 'counter',
      help: 'Reads that failed; device is empty for the node.',
    },
    ['device', 'source'],
    (collection) =>
      collection.errors.map(({ device, source, count }) => [
        { device: labelOf(collection, device), source },
        count,
      ]),
  ),
  ofNode(
    { name: names.handshakeUp, type: 'gauge', help: 'Whether the operator took the newest handshake.' },
    [],
    ({ handshakeUp }) => (handshakeUp === undefined ? [] : [[{}, Number(handshakeUp)]]),
  ),
  ofNode(
    { name: names.nvmeCli, type: 'gauge', help: 'Version of nvme-cli; always 1.' },
    ['version'],
    ({ nvmeCliVersion }) => (nvmeCliVersion === undefined ? [] : [[{ version: nvmeCliVersion }, 1]]),
  ),
];

function labelOf({ drives }: Collection, device: string): string {
  return drives.find(({ controller }) => controller.name === device)?.label ?? device;
}
