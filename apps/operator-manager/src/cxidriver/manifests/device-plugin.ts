import { posix } from 'node:path';
import type { CxiDriverSpec } from '@rackwright/api';
import { cxi, kubelet } from '@rackwright/keys';
import type { CxiSettings } from '../settings.ts';
import { type AgentBuilder, flag, imageOf, powerlessRoot } from './agent.ts';
import { containerHostRoot, type HostMount, hostTree } from './host-mounts.ts';

const podResourcesDir = '/var/lib/kubelet/pod-resources';
const cdiDir = '/var/run/cdi';

type AllocateMode = CxiDriverSpec['devicePlugin']['allocateMode'];

/** The device plugin runs as root because the kubelet's socket folder belongs to root. */
export const devicePlugin: AgentBuilder = ({ spec }, settings) => {
  if (!spec.devicePlugin.enabled) return undefined;
  return {
    component: cxi.component.devicePlugin,
    image: imageOf(spec.devicePlugin.image, settings, cxi.component.devicePlugin),
    args: [
      flag('host-root', containerHostRoot),
      flag('node-root', settings.hostRoot),
      ...pluginFlags(spec.devicePlugin),
      flag('kubelet-dir', pluginDir(settings)),
      flag('pod-resources-socket', `${podResourcesDir}/kubelet.sock`),
      flag('health-port', 8082),
    ],
    port: { name: 'health', number: 8082 },
    hostMounts: hostMounts(settings, spec.devicePlugin.allocateMode),
    resources: spec.devicePlugin.resources ?? {
      requests: { cpu: '10m', memory: '40Mi' },
      limits: { cpu: '200m', memory: '128Mi' },
    },
    securityContext: powerlessRoot,
    // The node has no NIC for new pods while no plugin is registered.
    startsBesideOld: true,
  };
};

function pluginFlags(plugin: CxiDriverSpec['devicePlugin']): string[] {
  return [
    flag('resource-name', plugin.resourceName),
    flag('legacy-resource-name', plugin.legacyResourceName),
    flag('sharing-mode', plugin.sharingMode),
    flag('shared-capacity', plugin.sharedCapacity),
    flag('allocate-mode', plugin.allocateMode),
    flag('require-retry-handler', plugin.requireRetryHandler),
    flag('cdi-dir', cdiDir),
  ];
}

/** At the same path as on the node: the plugin must know how much of it sockets leave for their names. */
function pluginDir({ kubeletDir }: CxiSettings): string {
  return posix.join(kubeletDir, kubelet.devicePlugins);
}

/** The kubelet and the container runtime are the node's own, also where the host tree is a simulated one. */
function hostMounts(settings: CxiSettings, allocateMode: AllocateMode): HostMount[] {
  const { hostRoot, kubeletDir } = settings;
  const plugins = pluginDir(settings);
  const host = hostTree(hostRoot);
  return [
    host.folder('/sys', { readOnly: true }),
    host.folder('/dev', { readOnly: true }),
    host.state({ readOnly: true }),
    ...(allocateMode === 'device-nodes' ? [] : libraries(hostRoot)),
    { name: 'device-plugins', path: plugins, mountPath: plugins },
    {
      name: 'pod-resources',
      path: posix.join(kubeletDir, 'pod-resources'),
      mountPath: podResourcesDir,
      readOnly: true,
    },
    { name: 'cdi', path: cdiDir, mountPath: cdiDir, create: true },
  ];
}

/** Where libfabric and libcxi live, and what their links point to: CDI hands them to containers. */
function libraries(hostRoot: string): HostMount[] {
  const host = hostTree(hostRoot);
  return [
    host.folder('/usr', { readOnly: true }),
    host.folder('/opt/cray', { readOnly: true, create: true }),
  ];
}
