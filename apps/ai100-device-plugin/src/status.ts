import type { AgentView } from './view.ts';

/** The answer of `/status`. */
export function status({ drives, volumes, units }: AgentView): object {
  return {
    drives: drives.map(({ controller, unitId, eligible, firmwareCompliant, reason, message }) => ({
      controller: controller.name,
      serial: controller.serial,
      model: controller.model,
      firmware: controller.firmware,
      state: controller.state,
      ...{ unitId, eligible, firmwareCompliant, reason, message },
    })),
    volumes: volumes.map(({ sizeBytes, ...volume }) => ({
      ...volume,
      ...(sizeBytes !== undefined && { sizeBytes: String(sizeBytes) }),
    })),
    units: units.map(({ name, serial, healthy, reason, message }) => ({
      ...{ unit: name, serial, healthy, reason, message },
    })),
  };
}
