import { entriesByDevice, evaluateHealth } from '@rackwright/hardware-cxi';
import type { DeviceView, NodeSnapshot, PublicationPolicy } from './model.ts';

/** Evaluates each device of a snapshot; what belongs to the same device is put together. Pure. */
export function deviceViews(
  snapshot: Pick<NodeSnapshot, 'devices' | 'retryHandlers' | 'stats' | 'outOfService' | 'nodeErrors'>,
  { requireRetryHandler }: Pick<PublicationPolicy, 'requireRetryHandler'>,
): readonly DeviceView[] {
  const retryHandlers = entriesByDevice(snapshot.retryHandlers);
  const observations = { ...snapshot, retryHandlers, requireRetryHandler };
  return snapshot.devices.map((device) => {
    const retryHandler = retryHandlers.get(device.name);
    const stats = snapshot.stats.get(device.name);
    return {
      device,
      health: evaluateHealth(device, observations),
      ...(retryHandler && { retryHandler }),
      ...(stats && { stats }),
    };
  });
}
