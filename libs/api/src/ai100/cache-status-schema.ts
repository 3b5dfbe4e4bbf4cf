import { aidaptivCache } from '@rackwright/keys';
import * as z from 'zod';
import { conditions } from '../schema/core-types.ts';
import { described, int32, int64, text, timestamp } from '../schema/fields.ts';

const { maxSilent } = aidaptivCache.handshake;

const component = z.object({
  name: described(text(63), 'Name of the component, such as ai100-device-plugin.'),
  desired: described(int32(0), 'Nodes it shall run on.'),
  updated: described(int32(0), 'Nodes on which it runs as the spec says now.'),
  ready: described(int32(0), 'Nodes on which it runs and is ready.'),
  image: described(text(512), 'Image it runs from.'),
});

const nodes = z.object({
  desired: described(int32(0), 'Nodes with AI100 drives.'),
  ready: described(int32(0), 'Nodes on which every agent runs and the cache is ready.'),
  unhealthy: described(int32(0), 'Nodes with a failed drive or without their cache, and silent ones.'),
});

const units = z.object({
  capacity: described(int32(0), 'Units of all nodes.'),
  healthy: described(int32(0), 'Those that pods may get.'),
  allocated: described(int32(0), 'Those that pods have.'),
});

const exporters = z.object({
  expected: described(int32(0), 'Nodes on which an exporter shall run.'),
  reporting: described(
    int32(0),
    'Those whose exporter made a handshake in the last 15 minutes. After a start of the operator the number stays for as long, but for those heard of anew.',
  ),
  silent: described(
    z.array(text(253)).max(maxSilent).default([]).meta({ 'x-kubernetes-list-type': 'set' }),
    `Nodes whose exporter has made no handshake for 15 minutes, ${maxSilent} of them at most, by name.`,
  ),
});

/** `.status` of an AidaptivCache. */
export const aidaptivCacheStatusSchema = z.object({
  observedGeneration: described(int64(0).optional(), 'Generation of the spec this status speaks of.'),
  phase: described(
    z.enum(['Pending', 'Progressing', 'Ready', 'Degraded', 'Error']).optional(),
    'Where the AidaptivCache stands, in one word. Pending until a node with drives is found.',
  ),
  nodes: described(nodes.optional(), 'How the nodes are.'),
  units: described(units.optional(), 'How many units there are.'),
  exporters: described(
    exporters.optional(),
    'Which exporters report to the operator. None are expected without exporters, or with handshakes switched off.',
  ),
  components: described(
    z
      .array(component)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
    'How far the rollout of each component is.',
  ),
  lastProgressTime: described(timestamp().optional(), 'When a rollout last got further.'),
  conditions: described(
    conditions,
    'Ready, Reconciling and Stalled say where the AidaptivCache stands, Available whether every node with drives is served, ConfigValid whether the spec can be rolled out, RecoverySuspended whether recovery rests as too many nodes failed at once, ExportersReporting whether every exporter makes its handshakes.',
  ),
});
