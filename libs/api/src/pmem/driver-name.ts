import { pmem } from '@rackwright/keys';
import type { PmemDeployment } from './types.ts';

/** Name of the driver of a Deployment of the first operator; that of a later one was called as the object is. */
export function pmemDriverName({ metadata, spec }: PmemDeployment): string {
  const { name = '' } = metadata ?? {};
  return spec?.driverName || (name.includes('.') ? name : pmem.driverName);
}
