import type { Admission, Convertible } from '@rackwright/api';

/** What is asked of the webhooks: what families register. */
export interface Served {
  readonly admissions: readonly Admission[];
  readonly conversions: readonly Convertible[];
}
