import { type CxiDeviceObject, type CxiDriver, cxiDevices, cxiDrivers } from '@rackwright/api';
import type { KubeClient } from '@rackwright/kube';
import type { Section } from '../../section.ts';

const deviceHeader = ['NAME', 'TYPE', 'CASSINI', 'NUMA', 'NID', 'SPEED', 'LINK', 'HEALTH', 'MESSAGE'];

/** The NICs and the drivers. */
export async function sections(kube: KubeClient): Promise<readonly Section[]> {
  const [devices, drivers] = await Promise.all([kube.list(cxiDevices), kube.list(cxiDrivers)]);
  return [
    deviceSection(devices.items),
    {
      title: 'CXIDRIVERS',
      header: ['NAME', 'VERSION', 'READY', 'REASON', 'MESSAGE'],
      rows: driverRows(drivers.items),
    },
  ];
}

/** One row per NIC; what is not known is a dash. */
export function deviceSection(devices: readonly CxiDeviceObject[]): Section {
  return { title: 'CXIDEVICES', header: deviceHeader, rows: deviceRows(devices) };
}

function deviceRows(devices: readonly CxiDeviceObject[]): string[][] {
  return devices.map(({ metadata, status: s }) => [
    metadata?.name ?? '',
    s?.type ?? '-',
    String(s?.cassiniGeneration ?? '-'),
    String(s?.numaNode ?? '-'),
    String(s?.nid ?? '-'),
    s?.linkSpeed ?? '-',
    s?.linkState ?? '-',
    s?.health?.status ?? '-',
    s?.health?.message ?? '',
  ]);
}

function driverRows(drivers: readonly CxiDriver[]): string[][] {
  return drivers.map(({ metadata, spec, status: s }) => {
    const ready = s?.conditions?.find((condition) => condition.type === 'Ready');
    return [
      metadata?.name ?? '',
      spec.version,
      ready?.status ?? '-',
      ready?.reason ?? '-',
      ready?.message ?? '',
    ];
  });
}
