import { HwError } from '@rackwright/core';
import { kubernetes } from '@rackwright/keys';
import type { Service } from '@rackwright/kube';

/** Addresses that are given to Services: 10.250.0.1 to 10.250.255.254, which no node or pod has. */
const block = '10.250.';
/** The network of all of them. */
export const loadBalancerNetwork = `${block}0.0/16`;

const count = 256 * 254;

/** How the load balancer treats Services: gives addresses at once, some time later, or not at all. */
export type LoadBalancerMode = 'prompt' | 'late' | 'refusing';

/** What is to be done about a Service. */
export type LoadBalancerStep =
  | { readonly step: 'none' }
  /** Not ours any more: address and finalizer go. */
  | { readonly step: 'release' }
  | { readonly step: 'assign'; readonly address: string }
  | { readonly step: 'refuse'; readonly message: string };

/**
 * Decides about one Service.
 *
 * @param used addresses other Services have
 */
export function loadBalancerStep(
  service: Service,
  mode: LoadBalancerMode,
  used: ReadonlySet<string>,
): LoadBalancerStep {
  const given = assignedAddress(service);
  if (!isWanted(service)) {
    return given !== undefined || hasFinalizer(service) ? { step: 'release' } : { step: 'none' };
  }
  if (given !== undefined) return { step: 'none' };
  if (mode === 'late') return { step: 'none' };
  if (mode === 'refusing') return { step: 'refuse', message: 'the load balancer has no address to give' };
  try {
    return { step: 'assign', address: freeAddress(used, service.spec?.loadBalancerIP) };
  } catch (error) {
    return { step: 'refuse', message: String((error as Error).message) };
  }
}

/** The address a Service has of this load balancer. */
export function assignedAddress({ status }: Service): string | undefined {
  return status?.loadBalancer?.ingress?.map(({ ip }) => ip).find((ip) => ip?.startsWith(block));
}

/**
 * An address nobody has: the wanted one, or the first.
 *
 * @throws HwError InvalidArgument, AlreadyExists or ResourceExhausted when there is none
 */
export function freeAddress(used: ReadonlySet<string>, wanted?: string): string {
  if (wanted) {
    if (!isOurs(wanted))
      throw new HwError('InvalidArgument', `${wanted} is no address of this load balancer`);
    if (used.has(wanted)) throw new HwError('AlreadyExists', `${wanted} belongs to another Service`);
    return wanted;
  }
  for (let i = 0; i < count; i++) {
    const address = `${block}${Math.floor(i / 254)}.${1 + (i % 254)}`;
    if (!used.has(address)) return address;
  }
  throw new HwError('ResourceExhausted', 'every address of this load balancer is given away');
}

function isOurs(address: string): boolean {
  const [third, fourth, ...rest] = address.startsWith(block) ? address.slice(block.length).split('.') : [];
  const isNumber = (text: string | undefined): boolean => /^(0|[1-9]\d{0,2})$/.test(text ?? '');
  if (rest.length > 0 || !isNumber(third) || !isNumber(fourth)) return false;
  return Number(third) < 256 && Number(fourth) > 0 && Number(fourth) < 255;
}

/** Services of another class belong to another load balancer. */
function isWanted({ metadata, spec }: Service): boolean {
  const isDeleted = metadata?.deletionTimestamp !== undefined;
  return !isDeleted && spec?.type === 'LoadBalancer' && !spec.loadBalancerClass;
}

/** Whether the Service waits for this load balancer when it is deleted. */
export function hasFinalizer({ metadata }: Service): boolean {
  return metadata?.finalizers?.includes(kubernetes.finalizer.loadBalancer) ?? false;
}
