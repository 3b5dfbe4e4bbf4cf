import type { CacheState } from './cache/index.ts';
import type { AgentView } from './view.ts';

/** The answer of `/status`. */
export function status({ drives, units }: AgentView, cache: CacheState): object {
  return {
    drives: drives.map(({ controller, unitId, eligible, firmwareCompliant, reason, message }) => ({
      controller: controller.name,
      serial: controller.serial,
      model: controller.model,
      firmware: controller.firmware,
      state: controller.state,
      ...{ unitId, eligible, firmwareCompliant, reason, message },
    })),
    cache: plain(cache),
    units: units.map(({ name, serial, healthy, reason, message }) => ({
      ...{ unit: name, serial, healthy, reason, message },
    })),
  };
}

/** Sizes are decimal strings: JSON has no exact large integers. */
function plain(value: CacheState): object {
  const text = JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'bigint' ? String(field) : field,
  );
  return JSON.parse(text) as object;
}
