import { cxi } from '@rackwright/keys';
import type { InstallValues } from '../values.ts';

/**
 * Condition in CEL over the user of a request: it is a driver agent, of this
 * installation's namespace or of another one. Agents that an installation now
 * gone has left run on where they are, and its own policy went with it; what
 * they have in common, and others of such a name have not, is the right to write
 * CXIDevices.
 */
export function isDriverAgent({ namespace }: InstallValues): string {
  const user = 'request.userInfo.username';
  const isAgent = `${user}.startsWith('system:serviceaccount:') && ${user}.endsWith('${cxi.component.driverAgent}')`;
  const own = `${user}.startsWith('system:serviceaccount:${namespace}:')`;
  const writesDevices = `authorizer.group('${cxi.group}').resource('cxidevices').check('create').allowed()`;
  return `${isAgent} && (${own} || ${writesDevices})`;
}

/** The same for the agent of an installation without the operator, which has one account. */
export function isAccount(namespace: string, name: string): string {
  return `request.userInfo.username == 'system:serviceaccount:${namespace}:${name}'`;
}
