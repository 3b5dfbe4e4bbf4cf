import { ai100 } from '@rackwright/keys';
import { MAX_SOCKET_PATH, SHORTEST_SOCKET_NAME } from '@rackwright/kubelet';
import { agentOptions, type ConfigOf, defineOptions } from '@rackwright/service';
import { isolations } from '../units/unit-folder.ts';
import { cacheOptions } from './cache-options.ts';
import { absolute, boundedPath, resourceName, within } from './checks.ts';
import { driveOptions } from './drive-options.ts';
import { healthOptions } from './health-options.ts';
import { olderOptions } from './older-options.ts';

/**
 * Flags of the app: the four of the older plugin, and one for each field of an
 * AidaptivCache.
 */
export const options = defineOptions({
  ...agentOptions,
  ...olderOptions,
  ...driveOptions,
  ...cacheOptions,
  resourceName: {
    flag: 'resource-name',
    env: 'RESOURCE_NAME',
    type: 'string',
    default: ai100.resource,
    required: true,
    description: 'Extended resource of the shares of the cache.',
    validate: resourceName,
  },
  replicasPerDevice: {
    flag: 'replicas-per-device',
    type: 'integer',
    default: 1,
    description: 'Units each drive of the cache counts for.',
    validate: within(1, 64),
  },
  isolation: {
    flag: 'isolation',
    type: 'string',
    default: 'None',
    choices: isolations,
    description:
      'Whether containers share the whole cache or get a folder of it each, empty at first; with DirectoryQuota it holds as much as their units stand for, which needs xfs.',
  },
  injection: {
    flag: 'injection',
    type: 'string',
    default: 'Mount',
    choices: ['Mount', 'CDI'],
    description:
      'Whether a container gets the cache as a mount in the answer to the kubelet, or by a CDI name, which follows a cache that is mounted anew; CDI needs --cache-layout=Striped.',
  },
  passBlockDevices: {
    flag: 'pass-block-devices',
    type: 'boolean',
    default: false,
    description: 'Also give containers the device nodes of the drives, to read.',
  },
  ...healthOptions,
  nodeRoot: {
    flag: 'node-root',
    env: 'NODE_ROOT',
    type: 'string',
    default: '/',
    description: "The host tree's path on the node, put before paths given to the kubelet and into CDI.",
    validate: absolute,
  },
  kubeletDir: {
    flag: 'kubelet-dir',
    env: 'KUBELET_DIR',
    type: 'string',
    default: '/var/lib/kubelet/device-plugins',
    description: "The kubelet's device plugin folder.",
    validate: boundedPath(MAX_SOCKET_PATH - SHORTEST_SOCKET_NAME - 1),
  },
  podResourcesSocket: {
    flag: 'pod-resources-socket',
    env: 'POD_RESOURCES_SOCKET',
    type: 'string',
    default: '/var/lib/kubelet/pod-resources/kubelet.sock',
    description: "The kubelet's pod resources socket, which tells which pod holds which unit.",
    validate: boundedPath(MAX_SOCKET_PATH),
  },
  cdiDir: {
    flag: 'cdi-dir',
    env: 'CDI_DIR',
    type: 'string',
    default: '/var/run/cdi',
    description: 'Folder of the CDI specifications of --injection=CDI.',
    validate: absolute,
  },
  healthPort: {
    flag: 'health-port',
    env: 'HEALTH_PORT',
    type: 'port',
    default: 8084,
    description: 'Port of /healthz, /readyz, /status and /metrics.',
  },
});

/** What the flags come to. */
export type AgentConfig = ConfigOf<typeof options>;
