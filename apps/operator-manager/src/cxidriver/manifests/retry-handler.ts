import { cxi } from '@rackwright/keys';
import { type AgentBuilder, flag, imageOf } from './agent.ts';
import { containerHostRoot, hostTree } from './host-mounts.ts';

/**
 * Privileged: cxi_rh is started in the host's mount namespace, maps the NIC's
 * registers, pins memory, and mounts a FUSE folder with its statistics that
 * must reach the host, which only privileged containers may pass on.
 */
const privileged = { privileged: true, runAsUser: 0, runAsGroup: 0, readOnlyRootFilesystem: true } as const;

/** One supervisor of retry handlers per node, in mode daemonset. */
export const retryHandler: AgentBuilder = ({ spec }, settings) => {
  const { enabled, mode, daemonset = {}, image, conf, onCrash } = spec.retryHandler;
  if (!enabled || mode !== 'daemonset') return undefined;
  const host = hostTree(settings.hostRoot);
  return {
    component: cxi.component.retryHandler,
    image: imageOf(image, settings, cxi.component.retryHandler),
    args: [
      flag('host-root', containerHostRoot),
      flag('node-root', settings.hostRoot),
      flag('mode', 'supervisor'),
      flag('cxi-rh-path', '/usr/bin/cxi_rh'),
      flag('conf', conf ?? ''),
      flag('on-crash', onCrash),
      flag('health-port', 8080),
    ],
    port: { name: 'health', number: 8080 },
    hostMounts: [
      host.folder('/sys'),
      host.folder('/proc', { readOnly: true }),
      host.folder('/dev'),
      host.folder('/usr', { readOnly: true }),
      host.folder('/etc', { readOnly: true }),
      host.retryHandlerStatistics('Bidirectional'),
      host.state(),
    ],
    // Every cxi_rh of the node runs in this container and retries the data path's packets: a limit
    // would slow all of them down, or kill one, which costs a reboot.
    resources: daemonset.resources ?? { requests: { cpu: '10m', memory: '48Mi' } },
    securityContext: privileged,
    ...(daemonset.nodeSelector === undefined ? {} : { nodeSelector: daemonset.nodeSelector }),
    ...(daemonset.tolerations === undefined ? {} : { tolerations: daemonset.tolerations }),
    // A new pod stops every cxi_rh of its node, so by default the node decides when.
    updateStrategy: { type: daemonset.updateStrategy ?? 'OnDelete' },
    terminationGracePeriodSeconds: 60,
  };
};
