import type { NvmeController, PciLink } from '../controllers.ts';
import type { SmartLog } from '../smart/smart-log.ts';

/** What one look at a drive found. */
export interface Observation {
  /** Whether the host has a controller with the drive's serial number. */
  readonly present: boolean;
  /** State of the driver, as sysfs has it. */
  readonly controllerState?: string;
  /** Absent while there is no namespace. */
  readonly sizeBytes?: bigint;
  readonly readOnly: boolean;
  readonly link?: PciLink;
  readonly maxLink?: PciLink;
  readonly smart: SmartOutcome;
  /** Of Identify Controller; absent where the drive names none. */
  readonly thresholds?: TemperatureThresholds;
  /** Why the volume the drive is part of cannot be used; absent while it can, or is of none. */
  readonly volumeFailure?: { readonly reason: string; readonly message: string };
}

/** How the read of the SMART log ended; `skipped` where none was tried, as with a controller that is not live. */
export type SmartOutcome =
  | { readonly kind: 'read'; readonly log: SmartLog }
  | ({ readonly kind: 'failed' } & SmartMiss)
  | { readonly kind: 'skipped' };

/** Why a log was not read. */
export interface SmartMiss {
  readonly message: string;
  /**
   * What the program to ask with did: it is missing on the host, which says
   * nothing of the drive, it had to be given up, for it did not end, or what it
   * printed is no SMART log.
   */
  readonly tool?: 'missing' | 'hangs' | 'nonsense';
}

/** WCTEMP and CCTEMP in degrees Celsius. */
export interface TemperatureThresholds {
  readonly warningCelsius?: number;
  readonly criticalCelsius?: number;
}

/** What a controller says of itself, for an observation; undefined for a drive that is not there. */
export function controllerFacts(
  controller: NvmeController | undefined,
): Pick<Observation, 'present' | 'controllerState' | 'sizeBytes' | 'readOnly' | 'link' | 'maxLink'> {
  if (controller === undefined) return { present: false, readOnly: false };
  const { state, namespaces, link, maxLink } = controller;
  const [first] = namespaces;
  return {
    present: true,
    readOnly: first?.readOnly ?? false,
    ...(state !== undefined && { controllerState: state }),
    ...(first?.sizeBytes !== undefined && { sizeBytes: first.sizeBytes }),
    ...(link !== undefined && { link }),
    ...(maxLink !== undefined && { maxLink }),
  };
}
