import { type ConfigOf, defineOptions } from '@rackwright/service';
import { agentImageOption, type SharedConfig } from '../options.ts';

function roleOption<const F extends string>(suffix: F, whose: string) {
  return {
    flag: `${suffix}-role`,
    type: 'string',
    default: `pmem-csi-operator-${suffix}`,
    description: `ClusterRole ${whose}; it comes with the installation.`,
  } as const;
}

/** Options of the PmemCSIDeployment controller. */
export const pmemOptions = defineOptions({
  pmemCsiDriverImage: agentImageOption('pmem-csi-driver', 'PMEM_CSI_DRIVER_IMAGE'),
  pmemCsiProvisionerImage: {
    flag: 'pmem-csi-provisioner-image',
    type: 'string',
    default: 'registry.k8s.io/sig-storage/csi-provisioner:v6.4.0',
    description: 'Image of the external-provisioner beside PMEM-CSI drivers.',
  },
  pmemCsiResizerImage: {
    flag: 'pmem-csi-resizer-image',
    type: 'string',
    default: 'registry.k8s.io/sig-storage/csi-resizer:v2.3.0',
    description: 'Image of the external-resizer beside PMEM-CSI drivers.',
  },
  pmemCsiDriverRole: roleOption('pmem-csi-driver', 'that the pods of PMEM-CSI drivers on nodes are bound to'),
  pmemCsiDriverNamespaceRole: roleOption(
    'pmem-csi-driver-namespace',
    'of their rights in the namespace where they run',
  ),
  pmemCsiControllerRole: roleOption(
    'pmem-csi-controller',
    'that the controllers of PMEM-CSI drivers are bound to',
  ),
  pmemCsiNodeSetupRole: roleOption(
    'pmem-csi-node-setup',
    'that the pods are bound to that convert raw namespaces',
  ),
});

/** What the PmemCSIDeployment controller reads of the configuration. */
export type PmemConfig = SharedConfig & ConfigOf<typeof pmemOptions>;
