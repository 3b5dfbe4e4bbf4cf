import { HwError } from '@rackwright/core';
import { allContainers, type Container, type Pod, quantity } from '../pod-model.ts';

/** What a node has; stands in for limits a container does not set. Cores and bytes. */
export interface NodeResources {
  readonly cpu: number;
  readonly memory: number;
}

/**
 * The value of a downward API `resourceFieldRef`: the quantity divided by the
 * divisor, rounded up.
 *
 * @throws HwError InvalidArgument for an unknown container or resource
 */
export function resourceValue(
  pod: Pod,
  container: Container | undefined,
  reference: { containerName?: string; resource: string; divisor?: string | number },
  node: NodeResources,
): string {
  const { containerName, resource, divisor } = reference;
  const target =
    containerName === undefined || containerName === ''
      ? container
      : allContainers(pod.spec).find((one) => one.name === containerName);
  if (target === undefined) {
    throw new HwError('InvalidArgument', `there is no container ${containerName ?? ''}`, {
      field: 'containerName',
    });
  }
  const match = /^(limits|requests)\.(cpu|memory|ephemeral-storage)$/.exec(resource);
  if (match === null) {
    throw new HwError('InvalidArgument', `the downward API has no resource ${resource}`, {
      field: 'resource',
    });
  }
  const [, kind, name = ''] = match;
  const set = target.resources?.[kind === 'limits' ? 'limits' : 'requests']?.[name];
  const missing = kind === 'limits' ? (name === 'cpu' ? node.cpu : node.memory) : 0;
  const value = set === undefined ? missing : quantity(set, resource);
  const unit = divisor === undefined || divisor === '' || divisor === '0' ? 1 : quantity(divisor, 'divisor');
  // 0.1 / 0.001 is a little more than 100 in binary; the quantities are not.
  return String(Math.ceil(Number((value / unit).toPrecision(12))));
}
