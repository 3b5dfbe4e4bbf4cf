import { type NvmeController, type PciLink, type SmartLog, warningsOf } from '@rackwright/hardware-nvme';
import { HostRoot } from '@rackwright/host';
import type { DriveError, DriveReading } from '../collect/collection.ts';
import { exact } from './document.ts';

const host = new HostRoot();

/** One drive in the answer of `/nvme`. */
export function deviceDocument(drive: DriveReading, nowMs: number): object {
  const { controller, details } = drive;
  const { name, model, serial, firmware, transport, pciAddress, numaNode, state } = controller;
  const [namespace] = controller.namespaces;
  const { genericName } = details;
  return {
    name,
    namespace: namespace?.name ?? null,
    path: namespace === undefined ? null : host.dev(namespace.name),
    genericPath: genericName === undefined ? null : host.dev(genericName),
    ...orNull({ model, serial, firmware, transport, address: pciAddress, numaNode, state }),
    sizeBytes: exact(namespace?.sizeBytes),
    logicalBlockBytes: namespace?.logicalBlockBytes ?? null,
    wwid: namespace?.wwid ?? null,
    pcie: pcieDocument(controller, details.subsystemVendorId),
    ai100: ai100Document(drive),
    smart: drive.smart === undefined ? null : smartDocument(drive.smart.log, nowMs - drive.smart.atMs),
    error: drive.error === undefined ? null : errorDocument(drive.error),
  };
}

function pcieDocument(
  { vendorId, deviceId, link, maxLink }: NvmeController,
  subsystemVendor?: string,
): object {
  return {
    ...orNull({ vendor: vendorId, device: deviceId, subsystemVendor }),
    ...linkDocument('link', link),
    ...linkDocument('maxLink', maxLink),
  };
}

/** Speed as the kernel writes it, lanes as a number. */
function linkDocument(name: string, link: PciLink | undefined): object {
  return {
    [`${name}Speed`]: link === undefined ? null : `${link.gigatransfers.toFixed(1)} GT/s`,
    [`${name}Width`]: link?.lanes ?? null,
  };
}

/** Without the words of a device plugin nobody manages or judges the drive. */
function ai100Document({ agent, isAi100, firmwareCompliant }: DriveReading): object {
  const { managed = false, eligible = false, reason, unitId, health = 'Unknown', healthSince } = agent ?? {};
  return {
    ...{ managed, eligible },
    reason: reason ?? (agent === undefined ? (isAi100 ? 'NoDevicePlugin' : 'NotAi100') : null),
    firmwareCompliant,
    unitId: unitId ?? null,
    health,
    healthSince: healthSince ?? null,
  };
}

function smartDocument(log: SmartLog, ageMs: number): object {
  return {
    criticalWarning: { value: log.criticalWarning, flags: warningsOf(log.criticalWarning) },
    temperatureCelsius: log.temperatureCelsius ?? null,
    availableSpare: log.availableSpare,
    spareThreshold: log.spareThreshold,
    percentageUsed: log.percentageUsed,
    enduranceGroupWarning: log.enduranceGroupWarning,
    dataUnitsRead: exact(log.dataUnitsRead),
    dataUnitsWritten: exact(log.dataUnitsWritten),
    hostReadCommands: exact(log.hostReadCommands),
    hostWriteCommands: exact(log.hostWriteCommands),
    controllerBusyMinutes: exact(log.controllerBusyMinutes),
    powerCycles: exact(log.powerCycles),
    powerOnHours: exact(log.powerOnHours),
    unsafeShutdowns: exact(log.unsafeShutdowns),
    mediaErrors: exact(log.mediaErrors),
    errorLogEntries: exact(log.errorLogEntries),
    warningTemperatureMinutes: log.warningTemperatureMinutes,
    criticalTemperatureMinutes: log.criticalTemperatureMinutes,
    sensorsCelsius: log.sensors,
    thermalTransitions: log.thermalTransitions,
    thermalSeconds: log.thermalSeconds,
    energyWattHours: exact(log.energyWattHours),
    ageSeconds: Math.max(0, Math.round(ageMs / 1000)),
  };
}

function errorDocument({ source, message, sinceMs }: DriveError): object {
  return { source, message, since: new Date(sinceMs).toISOString() };
}

function orNull<T extends object>(fields: T): { [K in keyof T]: NonNullable<T[K]> | null } {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value ?? null])) as {
    [K in keyof T]: NonNullable<T[K]> | null;
  };
}
