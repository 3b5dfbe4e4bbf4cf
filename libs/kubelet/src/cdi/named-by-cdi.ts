import { Latest } from '@rackwright/core';
import type { HardwareDevice } from '../profile/plan.ts';
import type { CdiPublisher } from './publisher.ts';

/** What is known of the CDI specification. */
export type CdiState = Pick<CdiPublisher, 'published' | 'failure'>;

/**
 * The devices, of which those that the specification does not name are unhealthy:
 * a runtime that does not know a device yet would start the container without it.
 * The others can be allocated even while the specification cannot be updated.
 *
 * @param noun what people call one of the devices
 */
export function namedByCdi<D extends HardwareDevice>(
  devices: Latest<readonly D[]>,
  cdi: CdiState,
  noun: string,
): Latest<readonly D[]> {
  const checked = (): readonly D[] => devices.value.map((device) => check(device, cdi, noun));
  const newest = new Latest(checked());
  for (const part of [devices, cdi.published, cdi.failure]) part.subscribe(() => newest.set(checked()));
  return newest;
}

function check<D extends HardwareDevice>(device: D, { published, failure }: CdiState, noun: string): D {
  if (!device.healthy || published.value?.devices.some(({ name }) => name === device.name)) return device;
  const message = failure.value ?? `the CDI specification does not name the ${noun} yet`;
  return { ...device, healthy: false, reason: 'NotInCdi', message };
}

/** Why no device could be allocated because of the specification. */
export function cdiObstacle({ published, failure }: CdiState): Latest<string | undefined> {
  const current = (): string | undefined => (published.value === undefined ? failure.value : undefined);
  const obstacle = new Latest(current());
  for (const part of [published, failure]) part.subscribe(() => obstacle.set(current()));
  return obstacle;
}
