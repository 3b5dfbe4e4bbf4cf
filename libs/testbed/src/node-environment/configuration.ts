import { join } from 'node:path';
import { clusterDomain, dnsAddress } from './cluster-dns.ts';
import { type NodeLayout, registriesFolder, runtimeSocket } from './layout.ts';
import { networkPluginFolder } from './needs.ts';

/** The image of every pod's sandbox, by its full name: the kubelet takes a shorter one for another image. */
export const sandboxImage = 'docker.io/rackwright/pause:1';

/** How a node's kubelet aligns devices; the kubelet's own names. */
export type TopologyPolicy = 'none' | 'best-effort' | 'restricted' | 'single-numa-node';

/**
 * containerd's configuration, version 3. This machine may lack
 * CAP_SYS_RESOURCE and AppArmor, so neither is asked for; NRI would open one
 * more socket nobody uses.
 */
export function containerdConfiguration(layout: Pick<NodeLayout, 'containerdRoot' | 'folder'>): string {
  return `version = 3
root = ${quote(layout.containerdRoot)}
state = "/run/containerd"

[grpc]
  address = ${quote(runtimeSocket)}

[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = ${quote(sandboxImage)}
  [plugins.'io.containerd.cri.v1.images'.registry]
    config_path = ${quote(registriesFolder(layout))}

[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  disable_apparmor = true
  enable_cdi = true
  cdi_spec_dirs = ["/etc/cdi", "/var/run/cdi"]
  [plugins.'io.containerd.cri.v1.runtime'.containerd]
    default_runtime_name = "runc"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = [${quote(networkPluginFolder)}]
    conf_dir = ${quote(join(layout.folder, 'cni'))}

[plugins.'io.containerd.nri.v1.nri']
  disable = true
`;
}

/**
 * A cable to each pod, so that what pods of one node send each other passes the
 * node's rules for Services too; between ports of a bridge it would not on every
 * machine. Addresses are remembered where a restart of the node forgets them.
 */
export function networkConfiguration({ subnet }: NodeLayout): string {
  return json({
    cniVersion: '1.0.0',
    name: 'rackwright',
    plugins: [
      {
        type: 'ptp',
        ipam: {
          type: 'host-local',
          dataDir: '/run/cni',
          ranges: [[{ subnet }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  });
}

/** What of a kubelet differs from node to node and from environment to environment. */
export interface KubeletSettings {
  readonly layout: NodeLayout;
  readonly topologyPolicy: TopologyPolicy;
}

/**
 * KubeletConfiguration v1beta1. Control group and OOM settings are those a
 * machine without CAP_SYS_RESOURCE and with control groups of version 1 can
 * carry. Volumes are measured every few seconds. Status is written every second, as the simulated kubelet does, so that
 * both environments answer the same cases in comparable times; all else is default.
 */
export function kubeletConfiguration({ layout, topologyPolicy }: KubeletSettings): string {
  return json({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: layout.address,
    healthzBindAddress: layout.address,
    readOnlyPort: 0,
    tlsCertFile: join(layout.folder, 'kubelet.crt'),
    tlsPrivateKeyFile: join(layout.folder, 'kubelet.key'),
    authentication: { anonymous: { enabled: false }, x509: { clientCAFile: join(layout.folder, 'ca.crt') } },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${runtimeSocket}`,
    podLogsDir: layout.logs,
    resolvConf: '',
    clusterDNS: [dnsAddress],
    clusterDomain,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    makeIPTablesUtilChains: false,
    topologyManagerPolicy: topologyPolicy,
    nodeStatusUpdateFrequency: '1s',
    volumeStatsAggPeriod: '3s',
    shutdownGracePeriod: '0s',
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '50Mi' },
    registerNode: true,
  });
}

/** Flags that have no field in the configuration file. */
export function kubeletFlags(layout: NodeLayout): string[] {
  return [
    `--config=${join(layout.folder, 'kubelet.json')}`,
    `--kubeconfig=${join(layout.folder, 'kubelet.kubeconfig')}`,
    `--hostname-override=${layout.name}`,
    `--node-ip=${layout.address}`,
    '--root-dir=/var/lib/kubelet',
    '--cert-dir=/run/kubelet-certificates',
    '--v=2',
  ];
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A TOML basic string; the paths here hold nothing that needs more than JSON's escapes. */
function quote(text: string): string {
  return JSON.stringify(text);
}
