import type { AdmissionRule } from '../admission/admission.ts';
import { allowedImage } from '../admission/allowed-image.ts';
import { absent, all, any, matches, sameText } from '../admission/condition.ts';

/** What a PmemCSIDeployment is refused for. */
export const pmemCsiDeploymentRules: readonly AdmissionRule[] = [
  allowedImage('spec.image'),
  allowedImage('spec.provisionerImage'),
  allowedImage('spec.nodeRegistrarImage'),
];

/** What a Deployment of the first operator is refused for. */
export const pmemDeploymentRules: readonly AdmissionRule[] = [
  ...pmemCsiDeploymentRules,
  allowedImage('spec.resizerImage'),
  allowedImage('spec.registrarImage'),
];

const kubeletDir = 'spec.kubeletDir';

const kubeletDirChanged: AdmissionRule = {
  name: 'kubelet-dir-changed',
  field: kubeletDir,
  on: ['UPDATE'],
  message:
    'spec.kubeletDir was changed: pods that have volumes mounted below the former folder keep them until they end, and the driver does not see those mounts',
  holds: any(
    all(absent(kubeletDir), absent(`before.${kubeletDir}`)),
    sameText(kubeletDir, `before.${kubeletDir}`),
  ),
};

/** What a PmemCSIDeployment is accepted with, but hardly meant to be. */
export const pmemCsiDeploymentWarnings: readonly AdmissionRule[] = [
  kubeletDirChanged,
  {
    name: 'driver-name',
    field: 'metadata.name',
    on: ['CREATE'],
    message:
      'metadata.name is the name of the CSI driver, which should be a domain name such as pmem-csi.intel.com, so that no other driver has it',
    holds: matches('metadata.name', '[.]'),
  },
];

const keyInSpec = (key: string, secret: string): AdmissionRule => ({
  name: 'key-in-spec',
  field: `spec.${key}`,
  message: `spec.${key} can be read by everybody who may read this object; put certificate and key into a Secret and name it in spec.${secret}`,
  holds: absent(`spec.${key}`),
});

/** The same of a Deployment of the first operator. */
export const pmemDeploymentWarnings: readonly AdmissionRule[] = [
  kubeletDirChanged,
  keyInSpec('registryKey', 'registrySecret'),
  keyInSpec('nodeControllerKey', 'nodeControllerSecret'),
];
