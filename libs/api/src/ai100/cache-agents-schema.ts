import { ai100 } from '@rackwright/keys';
import * as z from 'zod';
import { resourceRequirements } from '../schema/core-types.ts';
import { described, int32, text } from '../schema/fields.ts';
import { withRules } from '../schema/rule.ts';
import { imageRule, resourceNameIsFixed, resourceNameRules, variableNameRule } from './cache-rules.ts';

function image(field: string, component: string) {
  return described(
    withRules(text(512), [imageRule(field)]).optional(),
    `Container image of the ${component}. Left out or empty, the operator uses the one it was installed with.`,
  );
}

function resources(component: string) {
  return described(
    resourceRequirements().optional(),
    `CPU and memory of the ${component} container. Left out, small measured defaults apply.`,
  );
}

function flags(component: string) {
  return described(
    z.array(text(1024)).max(64).default([]),
    `Flags of the ${component} behind those that come from this object, so that they win.`,
  );
}

const variable = z.object({
  name: described(
    withRules(text(253), [variableNameRule]),
    'Name of the variable; NODE_NAME is given to every agent.',
  ),
  value: described(text(4096).default(''), 'Its value.'),
});

/** `.spec.devicePlugin`: how the cache is offered to pods. */
export const devicePluginSchema = z.object({
  image: image('spec.devicePlugin.image', 'device plugin'),
  arguments: flags('device plugin'),
  env: described(
    z
      .array(variable)
      .max(64)
      .default([])
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
    'Environment variables of the device plugin; flags win over those that stand for one.',
  ),
  resources: resources('device plugin'),
  resourceName: described(
    withRules(text(308), [...resourceNameRules, resourceNameIsFixed]).default(ai100.resource),
    'Extended resource pods ask for. It cannot be changed.',
  ),
  replicasPerDevice: described(int32(1, 64).default(1), 'Units each drive of the cache counts for.'),
  isolation: described(
    z.enum(['None', 'Directory', 'DirectoryQuota']).default('None'),
    'None gives every container the whole cache, Directory a folder of its own, empty at first, DirectoryQuota one that holds as much as its units stand for, which needs xfs.',
  ),
  injection: described(
    z.enum(['Mount', 'CDI']).default('Mount'),
    'How the cache reaches the container: as a mount the kubelet is told of, or by CDI names.',
  ),
  passBlockDevices: described(
    z.boolean().default(false),
    'Whether containers also get the device nodes of the drives, to read.',
  ),
});

/** `.spec.exporter`: the metrics of the drives. */
export const exporterSchema = z.object({
  enabled: described(z.boolean().default(true), 'Whether metrics of the drives are exported.'),
  image: image('spec.exporter.image', 'exporter'),
  arguments: flags('exporter'),
  resources: resources('exporter'),
  port: described(int32(1024, 65_535).default(9299), 'TCP port that serves /metrics and /nvme.'),
  scope: described(
    z.enum(['Managed', 'AllNvme', 'AllDisk']).default('Managed'),
    'Whether AI100 drives are shown, all NVMe drives, or other disks as well.',
  ),
  source: described(
    z.enum(['Agent', 'Direct', 'Auto']).default('Auto'),
    'Agent shows what the device plugin of the node found and needs no privileges, Direct asks the drives, Auto asks them where the device plugin has been silent.',
  ),
  pollSeconds: described(int32(10, 3600).default(30), 'Time between two looks at the drives.'),
});

/** `.spec.nodeDiscovery`: how nodes with drives are found. */
export const nodeDiscoverySchema = z.object({
  mode: described(
    z.enum(['Labels', 'NodeFeature', 'Auto']).default('Labels'),
    'Labels writes labels of Nodes, NodeFeature leaves that to Node Feature Discovery, Auto does so where it is installed.',
  ),
  intervalSeconds: described(int32(10, 3600).default(60), 'Time between two looks at the hardware.'),
});
