import * as z from 'zod';
import { described, int32, int64, text, timestamp } from '../schema/fields.ts';

/** What older clients read, and what meta/v1 Condition has beside it. */
const condition = z.object({
  type: described(text(316), 'What the condition is about.'),
  status: described(z.enum(['True', 'False', 'Unknown']), 'Whether it holds.'),
  reason: described(text(1024).optional(), 'One word a program can read for why the status is what it is.'),
  message: described(text(32_768).optional(), 'The same for people.'),
  lastUpdateTime: described(
    timestamp().nullable().optional(),
    'When the status last changed; the name of the older operator.',
  ),
  lastTransitionTime: described(timestamp().optional(), 'When the status last changed.'),
  observedGeneration: described(
    int64(0).optional(),
    'Generation of the object this condition was computed for.',
  ),
});

const component = z.object({
  component: described(text(63), 'Controller or Node.'),
  status: described(text(63), 'Ready or NotReady.'),
  reason: described(text(32_768), 'Why.'),
  lastUpdated: described(timestamp().optional(), 'When status or reason last changed.'),
});

const rollout = z.object({
  name: described(text(63), 'Part of the deployment that runs on nodes, such as node.'),
  desired: described(int32(0), 'Nodes it shall run on.'),
  updated: described(int32(0), 'Nodes on which it runs as the spec says now.'),
  available: described(int32(0), 'Nodes on which it runs and is ready.'),
});

/** `.status` of a PmemCSIDeployment. */
export const pmemCsiDeploymentStatusSchema = z.object({
  observedGeneration: described(int64(0).optional(), 'Generation of the spec this status speaks of.'),
  phase: described(
    text(63).optional(),
    'Initializing until all pods are ready, then Running; Failed with a reason.',
  ),
  reason: described(text(32_768).optional(), 'Why it is in that phase, for people.'),
  conditions: described(
    z
      .array(condition)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
    'DriverDeployed says whether every object is as wanted; Ready, Reconciling and Stalled where the deployment stands, ControllerReady and NodeReady whether the pods run, ConflictFree whether no other driver has its names or its nodes.',
  ),
  driverComponents: described(
    z.array(component).optional(),
    'The controller and the driver on the nodes, in this order.',
  ),
  components: described(
    z
      .array(rollout)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
    'How far the rollout of each part is that runs on nodes.',
  ),
  lastProgressTime: described(timestamp().optional(), 'When a rollout last got further.'),
  lastUpdated: described(timestamp().optional(), 'When this status last changed.'),
});
