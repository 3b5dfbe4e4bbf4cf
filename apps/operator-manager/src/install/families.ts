import { ai100Install } from '../ai100/install.ts';
import { cxiInstall } from '../cxidriver/install.ts';
import { discoveryInstall } from '../discovery/install.ts';
import { pmemInstall } from '../pmem/install.ts';
import type { ControllerInstall, FamilyInstall } from './family-install.ts';

/** What comes with the installation of each family: one line for each that has agents or a controller. */
export const familyInstalls: readonly FamilyInstall[] = [
  cxiInstall,
  discoveryInstall,
  ai100Install,
  pmemInstall,
];

/** What comes with each controller of operator-manager. */
export const controllerInstalls: readonly ControllerInstall[] = familyInstalls.flatMap(
  ({ controller }) => controller ?? [],
);
