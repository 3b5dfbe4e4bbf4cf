import { cxi } from '@rackwright/keys';
import type { InstallValues } from '../values.ts';

/** Condition in CEL over the user of a request: it is a driver agent of this installation. */
export function isDriverAgent({ namespace }: InstallValues): string {
  const user = 'request.userInfo.username';
  return `${user}.startsWith('system:serviceaccount:${namespace}:') && ${user}.endsWith('${cxi.component.driverAgent}')`;
}

/** The same for the agent of an installation without the operator, which has one account. */
export function isAccount(namespace: string, name: string): string {
  return `request.userInfo.username == 'system:serviceaccount:${namespace}:${name}'`;
}
