import type { PlainKubelet, PlainPlugin } from '@rackwright/kubelet/testing';

/** What a plugin answers for one container. */
export type AllocatedContainer = Awaited<ReturnType<PlainKubelet['allocate']>>['containerResponses'][number];

/** Where a kubelet and its plugins meet. */
export const pluginFolder = '/var/lib/kubelet/device-plugins';

/** Where a kubelet says which pods hold which devices. */
export const podResourcesSocket = '/var/lib/kubelet/pod-resources/kubelet.sock';

/** Where the kubelet in the guest is asked. */
export const kubeletSocket = '/run/test-kubelet.sock';

/** Units as a plugin is to offer them. */
export interface WantedUnits {
  readonly count: number;
  readonly health: 'Healthy' | 'Unhealthy';
  /** The plugin must have registered more often than so. */
  readonly registeredAfter?: number;
}

/** What the kubelet in the guest is asked about a resource, and what it shall do before it answers. */
export interface KubeletQuestion {
  readonly resource: string;
  /** It answers once it sees these units, or after a while: nobody has to ask a slow machine again and again. */
  readonly awaits?: WantedUnits & { readonly withinMs: number };
  /** Units for one container. */
  readonly allocate?: readonly string[];
  /** Units of a container that is about to start again. */
  readonly preStart?: readonly string[];
}

/** What the kubelet has seen of a plugin, and what came of what it was asked to do. */
export interface KubeletAnswer {
  readonly registrations: number;
  readonly connected: boolean;
  readonly devices: NonNullable<PlainPlugin['devices']['value']>;
  /** How many lists of devices the plugin sent since it registered last. */
  readonly lists: number;
  readonly container?: AllocatedContainer | undefined;
  readonly error?: string;
}

/** Whether these units are offered. */
export function areOffered(
  { registrations, connected, devices }: Pick<KubeletAnswer, 'registrations' | 'connected' | 'devices'>,
  { count, health, registeredAfter = 0 }: WantedUnits,
): boolean {
  return (
    registrations > registeredAfter &&
    connected &&
    devices.length === count &&
    devices.every((device) => device.health === health)
  );
}
