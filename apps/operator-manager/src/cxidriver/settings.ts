import type { Component } from './component.ts';

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
