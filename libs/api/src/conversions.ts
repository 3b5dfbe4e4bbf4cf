import { aistoreConversion } from './ais/conversion.ts';
import { aistores } from './ais/resources.ts';
import type { Convertible } from './crd/conversion.ts';

/**
 * Every kind that admission-webhook converts: one line for each kind of a
 * family whose versions differ in more than their name.
 */
export const conversions: readonly Convertible[] = [{ resource: aistores, conversions: [aistoreConversion] }];
