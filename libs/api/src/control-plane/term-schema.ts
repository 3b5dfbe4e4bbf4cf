import * as z from 'zod';
import { described, text, timestamp } from '../schema/fields.ts';

/** `.spec` of a LeaderTerm. */
export const leaderTermSpecSchema = z.object({
  holderIdentity: described(
    text(512),
    'Who leads: the name of its pod, an underscore, and what tells its processes apart, as in the Lease.',
  ),
  acquireTime: described(timestamp(), 'When it took the lead.'),
});
