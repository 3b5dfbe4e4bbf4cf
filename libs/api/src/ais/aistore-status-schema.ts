import * as z from 'zod';
import { conditions } from '../schema/core-types.ts';
import { described, int32, int64, text, timestamp } from '../schema/fields.ts';

/** Beyond any cluster; it bounds the object. */
const maxNodes = 5000;

const node = z.object({
  pod: described(text(63), 'Name of the pod.'),
  node: described(text(253).optional(), 'Node of Kubernetes the pod is on.'),
  id: described(text(63).optional(), 'Name of the node in the cluster map.'),
  state: described(
    text(63),
    'Ready, or why not: Pending, Starting, NotInMap, Maintenance, Decommissioning, Draining, Unschedulable or Failed.',
  ),
  primary: described(z.boolean().optional(), 'Whether it is the primary.'),
  message: described(text(1024).optional(), 'The same for people.'),
});

const role = z.object({
  desired: described(int32(0), 'How many there shall be.'),
  current: described(int32(0), 'How many pods there are.'),
  updated: described(int32(0), 'How many of those are as the spec says now.'),
  ready: described(
    int32(0),
    'How many of those are ready and in the cluster map, neither in maintenance nor on their way out.',
  ),
  nodes: described(
    z
      .array(node)
      .max(maxNodes)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['pod'] }),
    'Each of them, by the number in its name.',
  ),
});

const nodeNames = z.array(text(253)).max(maxNodes).optional();

/** Fields of `.status`, those of the older operator first. */
export const statusFields = {
  state: described(
    text(63).optional(),
    'Where the cluster stands, in one word, such as Created, Ready, Upgrading or Shutdown.',
  ),
  conditions: described(
    conditions,
    'Ready, Reconciling and Stalled say where the cluster stands, Initialized and Created how far it came at first, ReadyRebalance whether objects may move.',
  ),
  intraClusterURL: described(text().optional(), 'URL of the cluster for clients in Kubernetes.'),
  clusterID: described(text(253).optional(), 'What the cluster calls itself in its cluster map.'),
  autoscaleStatus: described(
    z
      .object({
        expectedProxyNodes: described(nodeNames, 'Nodes that shall have a proxy, by name.'),
        expectedTargetNodes: described(nodeNames, 'Nodes that shall have a target, by name.'),
      })
      .optional(),
    'What nodes say of the size, where it is -1.',
  ),
  observedGeneration: described(int64(0).optional(), 'Generation of the spec this status speaks of.'),
  replicas: described(int32(0).optional(), 'How many target pods there are; what scaling reads.'),
  selector: described(text().optional(), 'Labels of the target pods, as text; what scaling reads.'),
  proxies: described(role.optional(), 'How the proxies are.'),
  targets: described(role.optional(), 'How the targets are.'),
  externalURL: described(
    text().optional(),
    'URL of the cluster for clients outside of Kubernetes, where proxies have a load balancer.',
  ),
  rebalance: described(
    z
      .object({
        id: described(text(253), 'What the cluster calls it.'),
        running: described(z.boolean(), 'Whether it runs.'),
        aborted: described(z.boolean().optional(), 'Whether it ended before its end.'),
      })
      .optional(),
    'The rebalance that was last seen.',
  ),
  configHash: described(text(128).optional(), 'Digest of the configuration that the cluster has.'),
  restartHash: described(text(128).optional(), 'Digest of the part of it that nodes read when they start.'),
  lastProgressTime: described(timestamp().optional(), 'When a rollout or a change of size last got further.'),
};

/** `.status` of an AIStore. */
export const aistoreStatusSchema = z.object(statusFields);
