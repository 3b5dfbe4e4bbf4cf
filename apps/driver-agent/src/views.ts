import { entriesByDevice } from '@rackwright/hardware-cxi';
import type { DeviceView, NodeSnapshot } from './model.ts';

/** Puts together what belongs to the same device of a snapshot. Pure. */
export function deviceViews(
  snapshot: Pick<NodeSnapshot, 'verdicts' | 'retryHandlers' | 'stats'>,
): readonly DeviceView[] {
  const retryHandlers = entriesByDevice(snapshot.retryHandlers);
  return snapshot.verdicts.map((verdict) => {
    const { name } = verdict.device;
    const retryHandler = retryHandlers.get(name);
    const stats = snapshot.stats.get(name);
    return { ...verdict, ...(retryHandler && { retryHandler }), ...(stats && { stats }) };
  });
}
