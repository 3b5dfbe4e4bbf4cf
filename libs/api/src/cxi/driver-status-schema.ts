import * as z from 'zod';
import { conditions } from '../schema/core-types.ts';
import { described, int32, int64, text, timestamp } from '../schema/fields.ts';

const component = z.object({
  name: described(text(63), 'Name of the component, such as driver-agent.'),
  desired: described(int32(0), 'Nodes it shall run on.'),
  updated: described(int32(0), 'Nodes on which it runs as the spec says now.'),
  available: described(int32(0), 'Nodes on which it runs and is ready.'),
});

/** `.status` of a CXIDriver. */
export const cxiDriverStatusSchema = z.object({
  observedGeneration: described(int64(0).optional(), 'Generation of the spec this status speaks of.'),
  nodes: described(int32(0).optional(), 'How many nodes the driver is meant for.'),
  ready: described(int32(0).optional(), 'On how many nodes every agent that is wanted is ready.'),
  updating: described(int32(0).optional(), 'How many nodes lack an agent that may still come.'),
  failed: described(
    int32(0).optional(),
    'On how many nodes an agent cannot run, for a cause that is known or for longer than a rollout may stand still.',
  ),
  skipped: described(
    int32(0).optional(),
    'How many nodes are passed over because they have no kubelet of their own, such as virtual ones. Not among nodes.',
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
  components: described(
    z
      .array(component)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
    'How far the rollout of each component is.',
  ),
  lastProgressTime: described(
    timestamp().optional(),
    'When a rollout last got further. One that stands still for longer than spec.updateStrategy.healthCheckTimeout has failed.',
  ),
  lastHeartbeatTime: described(
    timestamp().optional(),
    'When the operator last said that it looks after this driver, about every five minutes. What is said here may be out of date when it is older than a quarter of an hour.',
  ),
  conditions: described(
    conditions,
    'Ready, Reconciling and Stalled say where the driver stands; Available, Progressing, Degraded and one Ready condition per component are kept for older tools. Available is True when every agent that is wanted serves every node it is meant for, be it still of the template before.',
  ),
});
