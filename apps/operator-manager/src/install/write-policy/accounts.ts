import { cxi } from '@rackwright/keys';
import type { InstallValues } from '../values.ts';

/** Condition in CEL over the user of a request: it is a driver agent of this installation. */
export function isDriverAgent({ namespace }: InstallValues): string {
  const user = 'request.userInfo.username';
  return `${user}.startsWith('system:serviceaccount:${namespace}:') && ${user}.endsWith('${cxi.component.driverAgent}')`;
}
