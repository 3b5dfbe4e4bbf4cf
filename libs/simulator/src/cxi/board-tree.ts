import { folder, type TreeEntry, textFile, valueFile, valueFiles } from '../host/tree.ts';
import type { NicFunction } from './nic.ts';

/** What only a physical function has: the board, its microcontroller and its port. */
export function boardTree(nic: NicFunction): TreeEntry[] {
  return [
    ...fru(nic),
    ...microcontroller(nic),
    ...linkRestarts(nic),
    ...sensors(nic),
    ...portTree(nic, nic.spec.link ?? 'up'),
    valueFile(`${nic.folder}/settings/ac_filter_disabled`, 0),
  ];
}

/** device/port: flat on Cassini 1 (no newline at the end), below port/0 on Cassini 2. */
export function portTree(nic: NicFunction, state: 'up' | 'down'): TreeEntry[] {
  if (nic.generation === 1) {
    const values = {
      link: state,
      link_layer_retry: 'on',
      loopback: 'off',
      media: 'electrical',
      speed: 'BS_200G',
      pause: 'pfc/802.1qbb',
    };
    return Object.entries(values).map(([name, value]) => textFile(`${nic.folder}/port/${name}`, value));
  }
  return valueFiles(`${nic.folder}/port/0`, {
    'media/type': 'electrical',
    'link/speed': nic.spec.linkMode ?? 'ck400G',
    'link/state': state,
    'link/config/loopback': 'off',
    'link/config/pause_map': '0xff',
    'llr/state': state === 'up' ? 'running' : 'off',
    pause: 'pfc',
  });
}

function fru(nic: NicFunction): TreeEntry[] {
  const first = nic.generation === 1;
  return valueFiles(`${nic.folder}/fru`, {
    chassis_type: '',
    model: first ? 'SAWTOOTH' : 'SUNRISE',
    part_number: nic.spec.partNumber ?? (first ? 'P43012-001' : 'P69250-001'),
    serial_number: nic.spec.serialNumber ?? `HG2141${nic.mac.replaceAll(':', '').slice(-6).toUpperCase()}`,
    manufacturer: 'HPE',
    manufacture_date: '2026-01-05',
    vendor: 'HPE',
    name: first
      ? 'HPE Slingshot SA210S Ethernet 200Gb 1-port PCIe NIC'
      : 'HPE Slingshot 400Gb 1-port PCIe NIC',
    sku: first ? 'R4K46A' : 'S2A36A',
    version: 'A1',
    asset_tag: '',
    description: '',
    engineering_change_level: '',
    other: '',
    vendor_iana: '47196',
  });
}

function microcontroller(nic: NicFunction): TreeEntry[] {
  const version = nic.spec.firmwareVersion ?? '1.6.0.326';
  return [
    ...valueFiles(`${nic.folder}/uc`, {
      app_version: version,
      bootloader_version: '1.2.0.0',
      qspi_blob_version: version,
      oprom_version: '1.5.53.0',
      csr1_version: '2.0.3.0',
      csr2_version: '2.0.3.0',
      srds_version: '1.6.15.0',
      timings: '0 0 0',
    }),
    textFile(`${nic.folder}/uc/reset`, '', 0o200),
  ];
}

/** Ten slots of unix seconds, 0 while unused. */
function linkRestarts(nic: NicFunction): TreeEntry[] {
  return Array.from({ length: 10 }, (_, i) => valueFile(`${nic.folder}/link_restarts/time_${i}`, 0));
}

function sensors(nic: NicFunction): TreeEntry[] {
  const base = { rate_unit: 'none', hysteresis: 0, critical_low: 0, warning_low: 0, fatal_low: 0 };
  const readings = [
    {
      name: 'ASIC temperature',
      base_unit: 'degrees C',
      unit_modifier: 0,
      nominal_value: 55,
      warning_high: 100,
      critical_high: 105,
      fatal_high: 110,
      present_reading: 48,
    },
    {
      name: 'Board input power',
      base_unit: 'watts',
      unit_modifier: -3,
      nominal_value: 25000,
      warning_high: 38000,
      critical_high: 40000,
      fatal_high: 42000,
      present_reading: 21500,
    },
  ];
  const hwmon = `${nic.folder}/hwmon/hwmon${nic.slot + 2}`;
  return [
    ...readings.flatMap((reading, id) => valueFiles(`${nic.folder}/sensors/${id}`, { ...base, ...reading })),
    ...valueFiles(hwmon, {
      name: 'cassini',
      temp1_label: 'ASIC temperature',
      temp1_input: 48000,
      temp1_max: 100000,
    }),
    folder(`${hwmon}/power`),
  ];
}
