import { assessHealth, isOutOfService } from '@rackwright/hardware-cxi';
import type { DeviceView, NodeSnapshot, PublicationPolicy } from './model.ts';

/** Judges each device of a snapshot; what belongs to the same device is put together. Pure. */
export function deviceViews(
  {
    devices,
    retryHandlers,
    stats,
    outOfService,
  }: Pick<NodeSnapshot, 'devices' | 'retryHandlers' | 'stats' | 'outOfService'>,
  { requireRetryHandler }: Pick<PublicationPolicy, 'requireRetryHandler'>,
): readonly DeviceView[] {
  const handlers = retryHandlers.kind === 'state' ? retryHandlers.state.handlers : [];
  return devices.map((device) => {
    const retryHandler = handlers.find((entry) => entry.device === device.name);
    const own = retryHandler === undefined ? {} : { retryHandler };
    const seen = stats.get(device.name);
    return {
      device,
      health: assessHealth(device, {
        requireRetryHandler,
        outOfService: isOutOfService(device, outOfService),
        ...own,
      }),
      ...own,
      ...(seen === undefined ? {} : { stats: seen }),
    };
  });
}
