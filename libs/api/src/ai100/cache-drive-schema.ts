import { ai100Matches, defaultAi100Pattern, firmwareChecks } from '@rackwright/hardware-nvme';
import * as z from 'zod';
import { described, int32, text } from '../schema/fields.ts';
import { withRules } from '../schema/rule.ts';
import { cachePatterns, modelPatternRule, serialsRule } from './cache-rules.ts';

const matching = (maxLength: number, pattern: string) => text(maxLength).regex(new RegExp(pattern));
const serials = () => z.array(matching(20, cachePatterns.serial)).max(64).default([]);

/** `.spec.discovery`: which drives are AI100 drives. */
export const discoverySchema = withRules(
  z.object({
    modelPattern: described(
      withRules(text(256), [modelPatternRule]).default(defaultAi100Pattern),
      'Regular expression that the model of AI100 drives matches, in any case.',
    ),
    pciVendors: described(
      z.array(matching(4, cachePatterns.pciVendor)).min(1).max(16).default(['1987']),
      'PCI vendor ids of AI100 drives, four hex digits each.',
    ),
    match: described(
      z.enum(ai100Matches).default('ModelAndVendor'),
      'What of an NVMe drive must match. AnyNvme takes every drive that is empty and unused.',
    ),
    allowSerials: described(
      serials(),
      'Serial numbers of drives that are AI100 drives whatever their model and vendor say.',
    ),
    denySerials: described(serials(), 'Serial numbers of drives that are never taken.'),
    intervalSeconds: described(int32(10, 3600).default(60), 'Longest time between two looks for drives.'),
  }),
  [serialsRule],
);

/** `.spec.firmware`: which firmware they must have. */
export const firmwareSchema = z.object({
  check: described(
    z.enum(firmwareChecks).default('Enforce'),
    'What becomes of a drive with other firmware: Enforce leaves it alone, Warn uses it and calls it degraded, Skip uses it.',
  ),
  allowed: described(
    z.array(matching(8, cachePatterns.firmware)).min(1).max(16).default(['EIFZ']),
    'Firmware revisions that are allowed: eight characters are compared as a whole, fewer as a beginning.',
  ),
});
