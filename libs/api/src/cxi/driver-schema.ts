import { extendedResourceName } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import * as z from 'zod';
import { nodeSelector, resourceRequirements, toleration } from '../schema/core-types.ts';
import { described, int32, text } from '../schema/fields.ts';
import { withRules } from '../schema/rule.ts';
import {
  confRule,
  devicePluginRules,
  durationRule,
  httpsRule,
  imageRule,
  maxUnavailableRule,
  priorityClassRule,
  resourceNameRule,
  sourceRules,
  switchMaskRule,
  telemetryListRule,
  telemetryRule,
} from './driver-rules.ts';

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

function repository(name: string, what: string) {
  const path = `spec.source.dkms.repositories.${name}`;
  return described(
    z
      .object({
        url: described(
          withRules(text(), [httpsRule(`${path}.url`)]),
          `https URL of the repository or source archive of ${what}.`,
        ),
        ref: described(text(256).min(1), 'Tag, branch or commit to build.'),
      })
      .optional(),
    `Source of ${what}, in place of the release tag.`,
  );
}

const dkms = z.object({
  tag: described(
    text(256).optional(),
    'Release tag that all driver repositories are built from, such as release/shs-13.0.0.',
  ),
  platform: described(
    z.enum(['cassini', 'rosetta']).default('cassini'),
    'Hardware the link drivers are built for.',
  ),
  repositories: described(
    z
      .object({
        cxiDriver: repository('cxiDriver', 'the CXI driver'),
        sbl: repository('sbl', 'the Slingshot base link driver'),
        slDriver: repository('slDriver', 'the Slingshot link driver'),
        cassiniHeaders: repository('cassiniHeaders', 'the Cassini headers'),
      })
      .optional(),
    'Single repositories that replace what the tag stands for.',
  ),
});

const source = z.object({
  type: described(
    z.enum(['dkms', 'prebuilt', 'preinstalled']).default('preinstalled'),
    'Where the kernel driver comes from: preinstalled takes what the node image brings and loads it, dkms builds it on the node, prebuilt fetches built modules.',
  ),
  repository: described(
    text().optional(),
    'https URL of a driver source archive, for type dkms without a tag.',
  ),
  prebuiltCache: described(
    text().optional(),
    'https URL of a folder with built modules, one sub-folder per kernel release, for type prebuilt.',
  ),
  dkms: described(dkms.prefault({}), 'What is built on the node, for type dkms.'),
});

const driverAgent = z.object({
  image: image('spec.driverAgent.image', 'driver agent'),
  resources: resources('driver agent'),
  switchIdMask: described(
    withRules(text(16), [switchMaskRule]).default('0xfffc0'),
    'Which bits of a NIC address (NID) are the id of its switch, as a hexadecimal mask. Depends on the fabric manager.',
  ),
});

const retryHandlerDaemonSet = z.object({
  resources: resources('retry handler'),
  nodeSelector: described(
    nodeSelector.optional(),
    'Labels a node must carry for the retry handler, in addition to spec.nodeSelector.',
  ),
  tolerations: described(
    z.array(toleration).max(64).optional(),
    'Taints the retry handler pods tolerate, in addition to spec.tolerations.',
  ),
  updateStrategy: described(
    z.enum(['OnDelete', 'RollingUpdate']).optional(),
    'When a changed pod template replaces the pods. OnDelete when left out, since a retry handler must not stop while RDMA traffic is in flight.',
  ),
});

const retryHandler = z.object({
  enabled: described(z.boolean().default(true), 'Whether retry handlers run at all.'),
  mode: described(
    z.enum(['daemonset', 'sidecar', 'kernel', 'none']).default('daemonset'),
    'Who runs the retry handlers: daemonset runs one supervisor per node, none leaves them to the host. sidecar and kernel are accepted for older manifests and refused by the operator, because a NIC has exactly one retry handler and the kernel has none.',
  ),
  image: image('spec.retryHandler.image', 'retry handler'),
  onCrash: described(
    z.enum(['markUnhealthy', 'restart']).default('markUnhealthy'),
    'What happens when a retry handler dies: markUnhealthy takes the NIC out of use until the node was rebooted, restart starts it again with growing pauses.',
  ),
  conf: described(
    withRules(text(256), [confRule]).optional(),
    'Configuration file of cxi_rh on the node, a path under /etc. Left out, cxi_rh looks for /etc/cxi_rh.conf by itself.',
  ),
  daemonset: described(
    retryHandlerDaemonSet.optional(),
    'Settings of the retry handler pods in mode daemonset.',
  ),
  sidecar: described(
    z.object({ resources: resources('retry handler sidecar') }).optional(),
    'Kept for older manifests; mode sidecar is refused.',
  ),
});

const devicePlugin = withRules(
  z.object({
    enabled: described(z.boolean().default(true), 'Whether NICs are offered to pods.'),
    resourceName: described(
      withRules(text(extendedResourceName.maxLength), [
        resourceNameRule('spec.devicePlugin.resourceName'),
      ]).default(cxi.resource.cxi),
      'Name under which pods ask for NICs in their resource limits.',
    ),
    legacyResourceName: described(
      withRules(text(extendedResourceName.maxLength), [
        resourceNameRule('spec.devicePlugin.legacyResourceName', true),
      ]).default(cxi.resource.legacy),
      'Second name for the same NICs, for pods written for HPE\'s own device plugin. "" offers none.',
    ),
    image: image('spec.devicePlugin.image', 'device plugin'),
    sharingMode: described(
      z.enum(['shared', 'exclusive']).default('shared'),
      'shared lets several pods use one NIC, exclusive gives a NIC to one pod at a time.',
    ),
    sharedCapacity: described(
      int32(1, 10_000).default(100),
      'How many pods may share one NIC in sharing mode shared. Without effect in mode exclusive.',
    ),
    allocateMode: described(
      z.enum(['device-nodes', 'cdi-cri', 'cdi-annotations']).default('device-nodes'),
      'How a NIC reaches the container: device-nodes hands over device files, cdi-cri names CDI devices to the runtime, cdi-annotations does so through annotations for older kubelets.',
    ),
    requireRetryHandler: described(
      z.boolean().default(false),
      'Whether a NIC without a running retry handler counts as unhealthy and is not given to pods.',
    ),
    resources: resources('device plugin'),
  }),
  devicePluginRules,
);

const metricsExporter = z.object({
  enabled: described(z.boolean().default(true), 'Whether NIC metrics are exported.'),
  image: image('spec.metricsExporter.image', 'metrics exporter'),
  port: described(int32(1, 65_535).default(9090), 'TCP port that serves /metrics.'),
  resources: resources('metrics exporter'),
  telemetry: described(
    withRules(z.array(withRules(text(128), [telemetryRule])).max(512), [telemetryListRule]).optional(),
    'Telemetry counters of the NIC to export, by file name. The entry default stands for the useful ones, which are exported when this is left out; the single entry all exports every one, an empty list none.',
  ),
});

const updateStrategy = z.object({
  type: described(
    z.enum(['RollingUpdate', 'OnDelete']).default('RollingUpdate'),
    'RollingUpdate replaces pods by itself, OnDelete only those that are deleted.',
  ),
  maxUnavailable: described(
    withRules(z.union([z.int(), z.string()]).meta({ 'x-kubernetes-int-or-string': true }), [
      maxUnavailableRule,
    ]).default('10%'),
    'How many nodes may be in transition at once: a number of at least 1 or a percentage of the selected nodes, rounded up.',
  ),
  rollbackOnFailure: described(
    z.boolean().default(true),
    'Whether a node on which a driver version fails goes back to the last version that worked.',
  ),
  healthCheckTimeout: described(
    withRules(text(32), [durationRule]).default('5m'),
    'How long a node may take to become healthy after a change, such as 90s or 5m.',
  ),
});

/** `.spec` of a CXIDriver. Field names are those of the older operator. */
export const cxiDriverSpecSchema = z.object({
  version: described(
    text(128).min(1),
    'Driver version the nodes shall run, such as 13.0.0. With source type preinstalled it is what the nodes are checked against.',
  ),
  source: described(withRules(source, sourceRules).prefault({}), 'Where the kernel driver comes from.'),
  driverAgent: described(
    driverAgent.prefault({}),
    'The agent that loads and verifies the driver on each node.',
  ),
  retryHandler: described(retryHandler.prefault({}), 'The user-space retry handlers (cxi_rh), one per NIC.'),
  devicePlugin: described(devicePlugin.prefault({}), 'How NICs are offered to pods.'),
  metricsExporter: described(metricsExporter.prefault({}), 'Prometheus metrics of the NICs.'),
  nodeSelector: described(
    nodeSelector.optional(),
    'Labels a node must carry to be managed. All Linux nodes when left out. Nodes without a kubelet of their own, such as virtual ones, are passed over unless the label that tells them is named here.',
  ),
  tolerations: described(
    z.array(toleration).max(64).optional(),
    'Taints the pods of all components tolerate. Left out, they tolerate every taint, so that no node with NICs is passed over; an empty list tolerates none.',
  ),
  priorityClassName: described(
    withRules(text(253), [priorityClassRule]).default('system-node-critical'),
    'Priority class of all components. "" gives them none.',
  ),
  updateStrategy: described(updateStrategy.prefault({}), 'How changes reach the nodes.'),
});
