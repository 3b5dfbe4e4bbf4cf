import { compareText } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import { isPciAddress, parsePciId } from './parse.ts';

/** Most PCI functions that are looked at; more than any machine has. */
const maxFunctions = 4096;

/** Device ids of the functions cxi_ss1 drives (its PCI device table), by vendor. */
export const slingshotPciIds: Readonly<Record<string, readonly string[]>> = {
  '17db': ['0501'],
  '1590': ['0371', '0372'],
};

const slingshot: ReadonlySet<string> = new Set(
  Object.entries(slingshotPciIds).flatMap(([vendor, devices]) =>
    devices.map((device) => `${vendor}:${device}`),
  ),
);

/**
 * Addresses of the Slingshot NICs on the PCI bus, whether or not a driver has
 * them: what tells a node without NICs from one whose driver is missing.
 */
export function slingshotAddresses(files: HostReader): string[] {
  const folder = files.root.sys('bus', 'pci', 'devices');
  const addresses = files.list(folder).filter(isPciAddress).slice(0, maxFunctions);
  return addresses.filter((address) => slingshot.has(idOf(files, `${folder}/${address}`))).sort(compareText);
}

function idOf(files: HostReader, folder: string): string {
  const [vendor, device] = ['vendor', 'device'].map((name) =>
    parsePciId(files.readTrimmed(`${folder}/${name}`) ?? ''),
  );
  return `${vendor}:${device}`;
}
