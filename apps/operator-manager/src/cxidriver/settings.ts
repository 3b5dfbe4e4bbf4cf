import { cxi } from '@rackwright/keys';
import { agentImage } from '../options.ts';
import type { Component } from './component.ts';
import type { CxiConfig } from './options.ts';

/** What the operator was installed with; one CXIDriver adds its spec to it. */
export interface CxiSettings {
  /** Namespace of everything namespaced the operator owns. */
  readonly namespace: string;
  /** Image of each component unless the CXIDriver names another. */
  readonly images: Readonly<Record<Component, string>>;
  /** Prefixes an image named in a CXIDriver must have one of; empty allows every image. */
  readonly allowedImages: readonly string[];
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
  /** ClusterRole, shipped with the installation, that driver agents are bound to. */
  readonly driverAgentRole: string;
}

/** What the flags say about CXIDrivers. */
export function cxiSettings(config: CxiConfig, version: string): CxiSettings {
  const { component } = cxi;
  const image = (given: string | undefined, app: string): string =>
    agentImage(config, { given, app, version });
  return {
    namespace: config.namespace,
    images: {
      [component.driverAgent]: image(config.driverAgentImage, 'driver-agent'),
      [component.devicePlugin]: image(config.devicePluginImage, 'cxi-device-plugin'),
      [component.retryHandler]: image(config.retryHandlerImage, 'retry-handler'),
      [component.metricsExporter]: image(config.metricsExporterImage, 'cxi-metrics-exporter'),
    },
    allowedImages: config.allowedImages,
    imagePullSecrets: config.imagePullSecrets,
    architectures: config.agentArchitectures,
    seLinuxType: config.agentSelinuxType,
    hostRoot: config.hostRoot,
    kubeletDir: config.kubeletDir,
    driverAgentRole: config.driverAgentRole,
  };
}
