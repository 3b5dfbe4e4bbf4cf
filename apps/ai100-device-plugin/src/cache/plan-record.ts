import { randomInt } from 'node:crypto';

/** What is written down before disks are: /var/lib/ai100/plan.json. */
export interface PlanRecord {
  /** Identities that drives will have in LVM, by serial number. */
  readonly pvs: Readonly<Record<string, string>>;
  /** Names of the groups of drives that each have their own, by serial number: no other drive gets that name. */
  readonly groups: Readonly<Record<string, string>>;
  /** Volumes that have been ready, so that one whose drives are all gone is missed. */
  readonly volumes: readonly KnownVolume[];
  /** What is being made anew: written down before anything of it is destroyed. */
  readonly rebuild?: Rebuild;
}

/** A cache that lost drives and is made anew without its data. */
export interface Rebuild {
  readonly vgUuid: string;
  readonly lvUuid: string;
}

/** A volume that has been ready. */
export interface KnownVolume {
  readonly vg: string;
  readonly lv: string;
  readonly lvUuid: string;
  readonly serials: readonly string[];
  /** Since when nothing of it is to be seen, in milliseconds since the epoch. */
  readonly lostSince?: number;
}

/** Where the plan is on the host. */
export const planFile = '/var/lib/ai100/plan.json';

export const noPlan: PlanRecord = { pvs: {}, groups: {}, volumes: [] };

const schemaVersion = 1;

export function formatPlan({ pvs, groups, volumes, rebuild }: PlanRecord): string {
  return `${JSON.stringify({ schemaVersion, pvs, groups, volumes, rebuild }, undefined, 2)}\n`;
}

/**
 * Reads a plan. Of a file that makes no sense nothing is taken: what it would
 * have said of a disk is then not known, and the disk is not ours.
 */
export function parsePlan(text: string): PlanRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return noPlan;
  }
  if (!isObject(value) || value.schemaVersion !== schemaVersion || !isObject(value.pvs)) return noPlan;
  const volumes = Array.isArray(value.volumes) ? value.volumes.flatMap(knownVolume) : [];
  const rebuild = parseRebuild(value.rebuild);
  return {
    ...{ pvs: strings(value.pvs, isPvUuid), groups: strings(value.groups, () => true), volumes },
    ...(rebuild !== undefined && { rebuild }),
  };
}

function parseRebuild(value: unknown): Rebuild | undefined {
  if (!isObject(value)) return undefined;
  const { vgUuid, lvUuid } = value;
  return typeof vgUuid === 'string' && typeof lvUuid === 'string' ? { vgUuid, lvUuid } : undefined;
}

function strings(value: unknown, fits: (text: string) => boolean): Record<string, string> {
  const entries = Object.entries(isObject(value) ? value : {}).flatMap(([key, text]) =>
    typeof text === 'string' && fits(text) ? [[key, text] as const] : [],
  );
  return Object.fromEntries(entries);
}

function knownVolume(value: unknown): KnownVolume[] {
  if (!isObject(value)) return [];
  const { vg, lv, lvUuid, serials, lostSince } = value;
  if (typeof vg !== 'string' || typeof lv !== 'string' || typeof lvUuid !== 'string') return [];
  if (!Array.isArray(serials)) return [];
  return [
    {
      vg,
      lv,
      lvUuid,
      serials: serials.filter((serial) => typeof serial === 'string'),
      ...(typeof lostSince === 'number' && { lostSince }),
    },
  ];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lengths of the parts of an LVM uuid. */
const parts = [6, 4, 4, 4, 4, 4, 6] as const;
const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A new identity in LVM's form. */
export function newPvUuid(): string {
  const letter = (): string => letters.charAt(randomInt(letters.length));
  return parts.map((length) => Array.from({ length }, letter).join('')).join('-');
}

function isPvUuid(text: string): boolean {
  return /^[0-9A-Za-z]{6}(-[0-9A-Za-z]{4}){5}-[0-9A-Za-z]{6}$/.test(text);
}
