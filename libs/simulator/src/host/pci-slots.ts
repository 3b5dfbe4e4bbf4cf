import { HwError } from '@rackwright/core';

/** Which PCI addresses of a host are taken, and by what. */
export class PciSlots {
  readonly #taken = new Map<string, string>();

  /** @throws HwError AlreadyExists if another device is there */
  take(address: string, device: string): void {
    const other = this.#taken.get(address);
    if (other !== undefined) {
      throw new HwError(
        'AlreadyExists',
        `${other} is at PCI address ${address} already, ${device} cannot be`,
      );
    }
    this.#taken.set(address, device);
  }

  free(address: string): void {
    this.#taken.delete(address);
  }

  isFree(address: string): boolean {
    return !this.#taken.has(address);
  }
}

/** A place for a card behind a root port of its own. */
export interface PciPlace {
  readonly address: string;
  /** Absolute host path of the device folder. */
  readonly folder: string;
}

/** Where the device with this address is: behind the port of the bus before its own. */
export function pciPlace(address: string): PciPlace {
  const match = /^([0-9a-f]{4}):([0-9a-f]{2}):[0-9a-f]{2}\.[0-7]$/.exec(address);
  const [, domain = '', bus = ''] = match ?? [];
  const root = Number.parseInt(bus, 16) - 1;
  if (match === null || root < 0) {
    throw new HwError('InvalidArgument', `${address} is no PCI address behind a port, such as 0000:41:00.0`);
  }
  const port = hex(root, 2);
  return { address, folder: `/sys/devices/pci${domain}:${port}/${domain}:${port}:01.1/${address}` };
}

export function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
