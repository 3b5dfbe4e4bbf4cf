import { agentImage } from '../options.ts';
import type { PmemConfig } from './options.ts';

/** ClusterRoles that come with the installation (ADR 7). */
export interface PmemRoles {
  /** Of the driver's pods on nodes, in the whole cluster. */
  readonly driver: string;
  /** Of the same, in the namespace where they run. */
  readonly driverNamespace: string;
  readonly controller: string;
  readonly nodeSetup: string;
}

/** What the operator was installed with; a PmemCSIDeployment adds its spec to it. */
export interface PmemSettings {
  /** Namespace of everything namespaced the operator owns. */
  readonly namespace: string;
  /** Image of the driver unless the deployment names another. */
  readonly driverImage: string;
  /** Image of the external-provisioner unless the deployment names another. */
  readonly provisionerImage: string;
  /** Image of the external-resizer beside drivers of this project, unless the deployment names another. */
  readonly resizerImage: string;
  /** Secrets the pods pull their images with. */
  readonly imagePullSecrets: readonly string[];
  /** Architectures the images exist for, in the words of the nodes' label; empty for every node. */
  readonly architectures: readonly string[];
  /** The host tree on the node that drivers look at; `/` but for simulated hosts. */
  readonly hostRoot: string;
  /** The kubelet's root folder on the node, unless the deployment names another. */
  readonly kubeletDir: string;
  readonly roles: PmemRoles;
}

/** What the flags say about PmemCSIDeployments. */
export function pmemSettings(config: PmemConfig, version: string): PmemSettings {
  const { pmemCsiDriverImage: given } = config;
  return {
    namespace: config.namespace,
    driverImage: agentImage(config, { given, app: 'pmem-csi-driver', version }),
    provisionerImage: config.pmemCsiProvisionerImage,
    resizerImage: config.pmemCsiResizerImage,
    imagePullSecrets: config.imagePullSecrets,
    architectures: config.agentArchitectures,
    hostRoot: config.hostRoot,
    kubeletDir: config.kubeletDir,
    roles: {
      driver: config.pmemCsiDriverRole,
      driverNamespace: config.pmemCsiDriverNamespaceRole,
      controller: config.pmemCsiControllerRole,
      nodeSetup: config.pmemCsiNodeSetupRole,
    },
  };
}
