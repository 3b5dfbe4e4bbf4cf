import { type CxiDevice, switchId } from '@rackwright/hardware-cxi';
import { HostRoot } from '@rackwright/host';
import { cxi, cxiMetric } from '@rackwright/keys';
import { type Family, type FamilySettings, type Labels, perDevice } from './family.ts';

const host = new HostRoot();
const linkStates = { up: 1, down: 0, unknown: -1 } as const;

/** Metrics of the NICs and their driver. */
export const deviceFamilies: readonly Family[] = [
  {
    name: cxiMetric.deviceCount,
    type: 'gauge',
    help: 'NIC functions on the node, physical and virtual.',
    labels: ['node'],
    from: host.sys('class', 'cxi'),
    samples: ({ devices, listed }) => (listed ? [[{}, devices.length]] : []),
  },
  {
    name: cxiMetric.deviceInfo,
    type: 'gauge',
    help: 'Facts about a device as labels, empty where unknown; always 1.',
    labels: [
      'device',
      'node',
      'pci_address',
      'type',
      'cassini_version',
      'nid',
      'switch_id',
      'netdev',
      'mac',
      'fw_version',
      'part_number',
      'serial_number',
      'driver_rev',
    ],
    from: 'properties, fru, uc, net',
    samples: ({ devices }, settings) => devices.map(({ device }) => [infoLabels(device, settings), 1]),
  },
  perDevice(
    {
      name: cxiMetric.deviceLinkState,
      type: 'gauge',
      help: 'State of the fabric link: 1 up, 0 down, -1 unknown.',
      from: 'properties/link',
    },
    (device) => linkStates[device.linkState],
    true,
  ),
  perDevice(
    {
      name: cxiMetric.deviceNumaNode,
      type: 'gauge',
      help: 'NUMA node of the device; no series where the platform knows none.',
      from: 'numa_node',
    },
    (device) => device.numaNode,
    true,
  ),
  perDevice(
    {
      name: cxiMetric.deviceHealth,
      type: 'gauge',
      help: 'Whether all is well with the device: 1 healthy, 0 degraded, unhealthy or unknown.',
      from: 'all of the device, the supervisor of the retry handlers, and whether it was taken out of service',
    },
    (_, { health }) => (health.status === 'Healthy' ? 1 : 0),
  ),
  perDevice(
    {
      name: cxiMetric.linkSpeed,
      type: 'gauge',
      help: 'Speed of the link in bits per second.',
      from: 'properties/speed, port/0/link/speed on Cassini 2',
    },
    (device) => device.linkSpeedMbps && device.linkSpeedMbps * 1e6,
  ),
  perDevice(
    {
      name: cxiMetric.linkRestarts,
      type: 'counter',
      help: 'Restarts of the link; more than ten between two scrapes count as ten.',
      from: 'link_restarts/time_*',
    },
    (device, { linkRestarts }) => (device.kind === 'pf' ? linkRestarts : undefined),
  ),
  perDevice(
    {
      name: cxiMetric.pcieCorrectable,
      type: 'counter',
      help: 'PCIe errors that were corrected.',
      from: 'properties/pcie_corr_err',
    },
    (device) => device.pcieCorrectableErrors,
  ),
  perDevice(
    {
      name: cxiMetric.pcieUncorrectable,
      type: 'counter',
      help: 'PCIe errors that could not be corrected.',
      from: 'properties/pcie_uncorr_err',
    },
    (device) => device.pcieUncorrectableErrors,
  ),
  perDevice(
    {
      name: cxiMetric.rgidsAvailable,
      type: 'gauge',
      help: 'Resource group ids still free.',
      from: 'properties/rgids_avail',
    },
    (device) => device.rgidsAvailable,
  ),
  perDevice(
    {
      name: cxiMetric.defaultServiceEnabled,
      type: 'gauge',
      help: 'Whether CXI service 1, open to every process, is enabled; absent unless the exporter can read debugfs, which by default only root can.',
      from: 'debugfs cxi/cxiN/services',
    },
    (_, { defaultServiceEnabled: enabled }) => (enabled === undefined ? undefined : Number(enabled)),
  ),
  {
    name: cxiMetric.driverLoaded,
    type: 'gauge',
    help: 'Whether a kernel module of the NIC is loaded: 1 or 0.',
    labels: ['node', 'module'],
    from: host.proc('modules'),
    samples: ({ modules }) =>
      modules === undefined ? [] : cxi.modules.map((module) => [{ module }, modules.has(module) ? 1 : 0]),
  },
];

function infoLabels(device: CxiDevice, { switchIdMask }: FamilySettings): Labels {
  const { nid } = device;
  return {
    device: device.name,
    pci_address: device.pciAddress ?? '',
    type: device.kind,
    cassini_version: device.cassiniVersion ?? '',
    nid: nid === undefined ? '' : String(nid),
    switch_id: nid === undefined ? '' : String(switchId(nid, switchIdMask)),
    netdev: device.netdev ?? '',
    mac: device.mac ?? '',
    fw_version: device.firmwareVersion ?? '',
    part_number: device.partNumber ?? '',
    serial_number: device.serialNumber ?? '',
    driver_rev: device.driverRev ?? '',
  };
}
