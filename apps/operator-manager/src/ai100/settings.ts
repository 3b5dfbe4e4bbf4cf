import { ai100 } from '@rackwright/keys';
import { parseBindAddress } from '@rackwright/web';
import { agentImage } from '../options.ts';
import type { Component } from './component.ts';
import type { Ai100Config } from './options.ts';

/** Of one agent. */
export interface AgentRoleNames {
  /** Of its rights in the whole cluster. */
  readonly cluster: string;
  /** Of those in the namespace where it runs. */
  readonly namespace: string;
}

/** The Service that leads to the operator. */
export interface HandshakeTarget {
  readonly service: string;
  readonly port: number;
}

/** What the operator was installed with; the AidaptivCache adds its spec to it. */
export interface Ai100Settings {
  /** Namespace of everything namespaced the operator owns. */
  readonly namespace: string;
  /** Image of each component unless the AidaptivCache names another. */
  readonly images: Readonly<Record<Component, string>>;
  /** Secrets the pods pull their images with. */
  readonly imagePullSecrets: readonly string[];
  /** Architectures the images exist for, in the words of the nodes' label; empty for every node. */
  readonly architectures: readonly string[];
  /** SELinux type of the agents that are not privileged; empty for the runtime's choice. */
  readonly seLinuxType: string;
  /** The host tree on the node that the agents look at; `/` but for simulated hosts. */
  readonly hostRoot: string;
  /** The kubelet's root folder on the node. */
  readonly kubeletDir: string;
  /** Tells this cluster from others, also when its AidaptivCache is made anew. */
  readonly clusterId: string;
  /** Where exporters report; undefined for nowhere. */
  readonly handshake?: HandshakeTarget;
  /** ClusterRoles, shipped with the installation, that device plugins are bound to. */
  readonly devicePluginRoles: AgentRoleNames;
}

/** What the flags say about AidaptivCaches. */
export function ai100Settings(config: Ai100Config, version: string, clusterId: string): Ai100Settings {
  const image = (given: string | undefined, app: string): string =>
    agentImage(config, { given, app, version });
  return {
    namespace: config.namespace,
    images: {
      [ai100.component.devicePlugin]: image(config.ai100DevicePluginImage, 'ai100-device-plugin'),
      [ai100.component.exporter]: image(config.nvmeExporterImage, 'nvme-exporter'),
    },
    imagePullSecrets: config.imagePullSecrets,
    architectures: config.agentArchitectures,
    seLinuxType: config.agentSelinuxType,
    hostRoot: config.hostRoot,
    kubeletDir: config.kubeletDir,
    clusterId,
    ...handshakeOf(config),
    devicePluginRoles: {
      cluster: config.ai100DevicePluginRole,
      namespace: config.ai100DevicePluginNamespaceRole,
    },
  };
}

function handshakeOf({ handshakeBindAddress, handshakeService: service, handshakePort: port }: Ai100Config) {
  const address = parseBindAddress(handshakeBindAddress, 'handshake-bind-address');
  return address === undefined ? {} : { handshake: { service, port } };
}
