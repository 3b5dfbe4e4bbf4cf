import { isDeepStrictEqual } from 'node:util';
import type { CxiDevice } from './device.ts';

/** What is different between two looks at the same host. */
export interface CxiDiff {
  readonly added: readonly CxiDevice[];
  readonly removed: readonly CxiDevice[];
  readonly changed: readonly { readonly before: CxiDevice; readonly after: CxiDevice }[];
}

/**
 * Compares by name. A NIC that was pulled and another put in its place under
 * the same name (another PCI address or serial number) is one removed and one
 * added.
 */
export function diffDevices(previous: readonly CxiDevice[], next: readonly CxiDevice[]): CxiDiff {
  const before = new Map(previous.map((device) => [device.name, device]));
  const added: CxiDevice[] = [];
  const removed: CxiDevice[] = [];
  const changed: { before: CxiDevice; after: CxiDevice }[] = [];
  for (const after of next) {
    const old = before.get(after.name);
    before.delete(after.name);
    if (old === undefined) added.push(after);
    else if (!sameHardware(old, after)) {
      removed.push(old);
      added.push(after);
    } else if (!isDeepStrictEqual(old, after)) changed.push({ before: old, after });
  }
  removed.push(...before.values());
  return { added, removed, changed };
}

/** Facts that are merely unreadable now do not make it another NIC. */
function sameHardware(a: CxiDevice, b: CxiDevice): boolean {
  const same = (x: string | undefined, y: string | undefined): boolean =>
    x === undefined || y === undefined || x === y;
  return same(a.pciAddress, b.pciAddress) && same(a.serialNumber, b.serialNumber);
}
