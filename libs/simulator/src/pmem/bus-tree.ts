import { SCRATCH } from '../host/atomic-files.ts';
import { linkTo, type TreeEntry, textFile, valueFile, valueFiles } from '../host/tree.ts';
import { encodeLabelArea, labelsOf, SLOTS, SLOTS_UNWRITTEN } from './label-area.ts';
import { busFolder, ndDeviceTree } from './nd-device.ts';
import type { PmemRegion } from './region.ts';

/** Major numbers of /dev/nmemN and /dev/ndctlN here; the kernel picks them at load. */
const DIMM_MAJOR = 506;
const CONTROL_MAJOR = 505;

/** Where the bytes of a DIMM's label area are: the simulator's own file. */
export function labelFile(dimm: string): string {
  return `${SCRATCH}/pmem/${dimm}/labels`;
}

/** A bus with its DIMMs, without its regions. */
export function busTree(bus: number, regions: readonly PmemRegion[]): TreeEntry[] {
  const own = busFolder(bus);
  const control = `${own}/nd/ndctl${bus}`;
  return [
    valueFile(`${own}/commands`, 'cmd_call '),
    valueFile(`${own}/provider`, 'ACPI.NFIT'),
    ...valueFiles(`${own}/nfit`, { dsm_mask: '0x0', hw_error_scrub: 0, revision: 1 }),
    textFile(`${own}/uevent`, 'DRIVER=nd_bus\nMODALIAS=nd:t0\n'),
    textFile(`${own}/wait_probe`, '1\n'),
    linkTo(`${own}/driver`, '/sys/bus/nd/drivers/nd_bus'),
    linkTo(`${own}/subsystem`, '/sys/bus/nd'),
    valueFile(`${control}/dev`, `${CONTROL_MAJOR}:${bus}`),
    textFile(`${control}/uevent`, `MAJOR=${CONTROL_MAJOR}\nMINOR=${bus}\nDEVNAME=ndctl${bus}\n`),
    linkTo(`${control}/device`, own),
    linkTo(`${control}/subsystem`, '/sys/class/nd'),
    ...regions.flatMap((region) => region.dimms.flatMap((dimm) => dimmTree(region, dimm))),
    textFile(`/dev/ndctl${bus}`, '', 0o600),
    linkTo(`/sys/bus/nd/devices/ndbus${bus}`, own),
    linkTo(`/sys/class/nd/ndctl${bus}`, control),
  ];
}

function dimmTree(region: PmemRegion, dimm: number): TreeEntry[] {
  const own = `${busFolder(region.bus)}/nmem${dimm}`;
  // The driver keeps one for itself.
  const free = (region.labelled ? SLOTS - region.namespaces.length : SLOTS_UNWRITTEN) - 1;
  const area = region.labelled ? encodeLabelArea(labelsOf(region, dimm)) : Buffer.alloc(0);
  return [
    ...ndDeviceTree({
      name: `nmem${dimm}`,
      folder: own,
      devtype: 'nvdimm',
      type: 1,
      driver: 'nvdimm',
      values: {
        available_slots: region.volatile ? undefined : free,
        commands: 'get_size get_data set_data cmd_call ',
        dev: `${DIMM_MAJOR}:${dimm}`,
        flags: region.labelled ? 'label ' : '',
        state: 'active',
      },
      node: `MAJOR=${DIMM_MAJOR}\nMINOR=${dimm}\nDEVNAME=nmem${dimm}\n`,
    }),
    ...nfitTree(`${own}/nfit`, dimm),
    textFile(`/dev/nmem${dimm}`, '', 0o600),
    { kind: 'file', path: labelFile(`nmem${dimm}`), content: area },
  ];
}

/** What the firmware says of a DIMM. */
function nfitTree(own: string, dimm: number): TreeEntry[] {
  const serial = `${(0x56 + dimm).toString(16)}341200`;
  return valueFiles(own, {
    device: '0x0100',
    dsm_mask: '0x70',
    family: 0,
    flags: '',
    format: '0x0301',
    formats: 1,
    handle: `0x${(dimm + 1).toString(16)}`,
    id: `8680-${serial}`,
    phys_id: '0x0',
    rev_id: '0x0100',
    serial: `0x${serial}`,
    subsystem_device: '0x0000',
    subsystem_rev_id: '0x0000',
    subsystem_vendor: '0x0000',
    vendor: '0x8680',
  });
}
