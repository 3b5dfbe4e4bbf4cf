import type { NvmeController } from './controllers.ts';

/** Which controllers are AI100 disks. */
export interface Ai100Rule {
  readonly match: Ai100Match;
  /** Matched against the model. */
  readonly modelPattern: RegExp;
  /** PCI vendor ids, four lower-case hex digits. The one of Phison alone says little: consumer disks of many brands have it. */
  readonly pciVendors: readonly string[];
  /** Serial numbers that are taken whatever the rule says. */
  readonly allowSerials: readonly string[];
  /** Serial numbers that are never taken; they win. */
  readonly denySerials: readonly string[];
}

/** What of a disk must match. */
export const ai100Matches = ['ModelAndVendor', 'Model', 'AnyNvme'] as const;
export type Ai100Match = (typeof ai100Matches)[number];

/** `AI100`, `ai200e`: a word of its own in the model, in any case. */
export const defaultAi100Pattern = '(^|[^A-Za-z0-9])ai[12]00e?($|[^A-Za-z0-9])';

/** Whether a controller is an AI100 disk by the rule. Pure. */
export function isAi100(controller: NvmeController, rule: Ai100Rule): boolean {
  const { transport, servesBlocks, serial = '' } = controller;
  if (transport !== 'pcie' || !servesBlocks || rule.denySerials.includes(serial)) return false;
  if (rule.allowSerials.includes(serial)) return true;
  if (rule.match === 'AnyNvme') return true;
  if (!rule.modelPattern.test(controller.model ?? '')) return false;
  return rule.match === 'Model' || rule.pciVendors.includes(controller.vendorId ?? '');
}

/**
 * Whether a firmware revision is one that is allowed: an entry of eight
 * characters is the whole revision, a shorter one its beginning. One that
 * cannot be read is not allowed. Pure.
 */
export function isFirmwareAllowed(revision: string | undefined, allowed: readonly string[]): boolean {
  if (revision === undefined) return false;
  return allowed.some((entry) => (entry.length >= 8 ? revision === entry : revision.startsWith(entry)));
}
