import { errorMessage, isHwError } from '@rackwright/core';
import {
  parseIdController,
  parseSmartJson,
  type SmartMiss,
  type SmartOutcome,
  type TemperatureThresholds,
} from '@rackwright/hardware-nvme';
import type { NvmeCli } from '@rackwright/storage';

/** The commands a look at a drive needs. */
export type DriveCommands = Pick<NvmeCli, 'smartLog' | 'idController'>;

/** How the read of a SMART log ended, and the text it was taken from. */
export interface SmartRead {
  readonly outcome: SmartOutcome;
  readonly json?: string;
}

/** Reads the SMART log of a controller. What goes wrong is an outcome. @throws the signal's reason */
export async function readSmart(
  nvme: DriveCommands,
  controller: string,
  signal: AbortSignal,
): Promise<SmartRead> {
  try {
    const json = await nvme.smartLog(controller, signal);
    return { outcome: { kind: 'read', log: parseSmartJson(json) }, json };
  } catch (error) {
    signal.throwIfAborted();
    const tool = toolOf(error);
    return { outcome: { kind: 'failed', message: errorMessage(error), ...(tool && { tool }) } };
  }
}

/** One that was given up may not have ended yet: another is refused until then. */
function toolOf(error: unknown): SmartMiss['tool'] {
  if (isHwError(error, 'NotFound')) return 'missing';
  if (isHwError(error, 'Internal')) return 'nonsense';
  return isHwError(error, 'DeadlineExceeded') || isHwError(error, 'Unavailable') ? 'hangs' : undefined;
}

/** Temperatures a drive warns at; undefined if it did not say. @throws the signal's reason */
export async function readThresholds(
  nvme: DriveCommands,
  controller: string,
  signal: AbortSignal,
): Promise<TemperatureThresholds | undefined> {
  try {
    return parseIdController(await nvme.idController(controller, signal)).thresholds;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
