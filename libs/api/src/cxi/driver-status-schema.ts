import * as z from 'zod';
import { conditions } from '../schema/core-types.ts';
import { described, int32, int64 } from '../schema/fields.ts';

/** `.status` of a CXIDriver. */
export const cxiDriverStatusSchema = z.object({
  observedGeneration: described(int64(0).optional(), 'Generation of the spec this status speaks of.'),
  nodes: described(int32(0).optional(), 'How many nodes the driver is meant for.'),
  ready: described(int32(0).optional(), 'On how many nodes the driver agent is ready.'),
  updating: described(int32(0).optional(), 'How many nodes are not there yet.'),
  failed: described(
    int32(0).optional(),
    'On how many nodes the driver agent is unavailable outside of a rollout.',
  ),
  driverVersion: described(z.string().optional(), 'Driver version that was last rolled out completely.'),
  retryHandlerMode: described(
    z.enum(['daemonset', 'sidecar', 'kernel', 'none']).optional(),
    'Retry handler mode in force.',
  ),
  webhookReady: described(
    z.boolean().optional(),
    'Whether the admission webhook of this driver answers. Absent when there is none.',
  ),
  conditions: described(
    conditions,
    'Ready, Reconciling and Stalled say where the driver stands; Available, Progressing, Degraded and one Ready condition per component are kept for older tools.',
  ),
});
