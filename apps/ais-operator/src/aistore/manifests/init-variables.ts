import type { PodTemplate } from '@rackwright/kube';
import { containerName } from './container-names.ts';

/** Variable of the init container that tells a target to look for the address of its load balancer. */
export const externalAccessVariable = 'ENABLE_EXTERNAL_ACCESS';

/** Whether targets of a template look for the address of their load balancer when they start. */
export function fetchesAddress(template: PodTemplate | undefined): boolean {
  const init = template?.spec?.initContainers?.find(({ name }) => name === containerName.init);
  return init?.env?.find(({ name }) => name === externalAccessVariable)?.value === 'true';
}
