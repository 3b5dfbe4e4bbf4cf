import type { KubeObject } from '@rackwright/kube';
import type * as z from 'zod';
import type { Exact } from '../schema/exact.ts';
import type { leaderTermSpecSchema } from './term-schema.ts';

/** `rackwright.io/v1` LeaderTerm: which replica of an operator leads, for the policy that lets it alone write. */
export interface LeaderTermObject extends KubeObject {
  spec?: Exact<z.output<typeof leaderTermSpecSchema>>;
}
