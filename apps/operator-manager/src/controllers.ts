import { aidaptivCacheRegistration } from './ai100/controller.ts';
import { cxiDriver } from './cxidriver/controller.ts';
import { pmemCsiDeploymentRegistration } from './pmem/controller.ts';

/** Every controller by the name `--controllers` picks it with: one line for each, whatever its family. */
export const controllers = {
  cxidriver: cxiDriver,
  aidaptivcache: aidaptivCacheRegistration,
  pmemcsideployment: pmemCsiDeploymentRegistration,
};
