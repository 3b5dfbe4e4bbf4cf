import { slingshotPciIds } from '@rackwright/hardware-cxi';
import type { PciFunction } from '@rackwright/hardware-pci';
import { discovery } from '@rackwright/keys';
import { commonValue, type Labels, withValues } from './label-value.ts';

/** The only device id that says by itself that it is a virtual function: Cassini 2. */
const virtualFunctionId = '1590:0372';

/** The Slingshot NICs among the functions. Pure. */
export function slingshotNics(functions: readonly PciFunction[]): PciFunction[] {
  return functions.filter(({ vendorId, deviceId }) => slingshotPciIds[vendorId]?.includes(deviceId));
}

/** Labels for Slingshot NICs, by what stands on the PCI bus. Pure. */
export function cxiLabels(functions: readonly PciFunction[], classEntries: readonly string[]): Labels {
  const nics = slingshotNics(functions);
  if (nics.length === 0) return {};
  const virtual = nics.filter(isVirtual).length;
  const { label } = discovery;
  return withValues({
    [label.cxi.present]: 'true',
    [label.cxi.count]: String(nics.length - virtual),
    [label.cxi.vfs]: virtual > 0 ? String(virtual) : undefined,
    [label.cxi.generation]: commonValue(nics.map(generation)),
    // The driver makes an entry of its class for each function it serves.
    [label.cxi.driverReady]: classEntries.length > 0 ? 'true' : undefined,
  });
}

function isVirtual({ kind, vendorId, deviceId }: PciFunction): boolean {
  return kind === 'vf' || `${vendorId}:${deviceId}` === virtualFunctionId;
}

/** The vendor of Cassini 1 was Cray; Cassini 2 came with HPE. */
function generation({ vendorId }: PciFunction): string {
  return vendorId === '17db' ? 'cassini1' : 'cassini2';
}
