import { isExtendedResourceName } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import { MAX_SOCKET_PATH, SHORTEST_SOCKET_NAME } from '@rackwright/kubelet';
import { agentOptions, defineOptions } from '@rackwright/service';
import { hpeOptions } from './hpe-options.ts';

const resourceName = (value: string): string | undefined =>
  value === '' || isExtendedResourceName(value)
    ? undefined
    : 'must be a name like hpe.com/cxi: outside kubernetes.io, at most 244 characters before the slash and 63 after it, and no requests. before it';

const absolutePath = (value: string): string | undefined =>
  value.startsWith('/') ? undefined : 'must be an absolute path';

const boundedPath = (most: number) => (value: string) =>
  absolutePath(value) ??
  (Buffer.byteLength(value) <= most ? undefined : `must have at most ${most} bytes, for unix sockets`);

/** Flags of the app. */
export const options = defineOptions({
  ...agentOptions,
  resourceName: {
    flag: 'resource-name',
    env: 'RESOURCE_NAME',
    type: 'string',
    default: cxi.resource.cxi,
    required: true,
    description: 'Extended resource of the physical NICs.',
    validate: resourceName,
  },
  legacyResourceName: {
    flag: 'legacy-resource-name',
    env: 'LEGACY_RESOURCE_NAME',
    type: 'string',
    default: cxi.resource.legacy,
    description: 'Second name for the same NICs, for pods written for HPE\'s device plugin; "" for none.',
    validate: resourceName,
  },
  vfResourceName: {
    flag: 'vf-resource-name',
    env: 'VF_RESOURCE_NAME',
    type: 'string',
    default: cxi.resource.vf,
    description: 'Extended resource of the virtual functions, one pod each; "" for none.',
    validate: resourceName,
  },
  sharingMode: {
    flag: 'sharing-mode',
    env: 'SHARING_MODE',
    type: 'string',
    default: 'shared',
    choices: ['shared', 'exclusive'],
    description: 'Whether several pods may use one physical NIC, or one at a time.',
  },
  sharedCapacity: {
    flag: 'shared-capacity',
    env: 'SHARED_CAPACITY',
    type: 'integer',
    default: 100,
    description: 'How many pods may share one NIC; without effect in mode exclusive.',
    validate: (value) => (value >= 1 && value <= 10_000 ? undefined : 'must be within 1 and 10000'),
  },
  allocateMode: {
    flag: 'allocate-mode',
    env: 'ALLOCATE_MODE',
    type: 'string',
    default: 'device-nodes',
    choices: ['device-nodes', 'cdi-cri', 'cdi-annotations'],
    description:
      'How NICs reach a container: as device nodes, as CDI names in the answer to the kubelet, or as CDI names in annotations.',
  },
  cdiDir: {
    flag: 'cdi-dir',
    env: 'CDI_DIR',
    type: 'string',
    default: '/var/run/cdi',
    description: 'Folder of the CDI specification that the CDI modes keep.',
    validate: absolutePath,
  },
  ofiRoot: {
    flag: 'ofi-root',
    env: 'OFI_ROOT',
    type: 'string',
    default: '/opt/cray/lib64',
    description: 'Host folder whose libfabric* files the CDI specification mounts.',
    validate: absolutePath,
  },
  cxiRoot: {
    flag: 'cxi-root',
    env: 'CXI_ROOT',
    type: 'string',
    default: '/usr/lib64',
    description: 'Host folder whose libcxi* files the CDI specification mounts.',
    validate: absolutePath,
  },
  ldcacheHook: {
    flag: 'ldcache-hook',
    env: 'LDCACHE_HOOK',
    type: 'string',
    default: '',
    description:
      'Program on the host that brings a container\'s linker cache up to date, called as nvidia-cdi-hook is; "" for none.',
    validate: (value) => (value === '' ? undefined : absolutePath(value)),
  },
  requireRetryHandler: {
    flag: 'require-retry-handler',
    env: 'REQUIRE_RETRY_HANDLER',
    type: 'boolean',
    default: false,
    description: 'Whether a physical NIC without a running retry handler counts as unhealthy.',
  },
  debounce: {
    flag: 'debounce',
    env: 'DEBOUNCE',
    type: 'duration',
    default: '1s',
    description: 'How long a NIC that was unhealthy must stay well before it is offered again.',
  },
  nodeRoot: {
    flag: 'node-root',
    env: 'NODE_ROOT',
    type: 'string',
    default: '/',
    description: "The host tree's path on the node, put before paths given to the kubelet and into CDI.",
    validate: absolutePath,
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
    description: "The kubelet's pod resources socket, which tells which pod holds which NIC.",
    validate: boundedPath(MAX_SOCKET_PATH),
  },
  healthPort: {
    flag: 'health-port',
    env: 'HEALTH_PORT',
    type: 'port',
    default: 8082,
    description: 'Port of /healthz, /readyz, /status and /metrics.',
  },
  ...hpeOptions,
});
