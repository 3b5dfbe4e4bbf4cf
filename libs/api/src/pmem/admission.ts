import { pmem } from '@rackwright/keys';
import type { Admission } from '../admission/admission.ts';
import { pmemCsiDeploymentChecks, pmemDeploymentChecks } from './admission-checks.ts';
import {
  pmemCsiDeploymentRules,
  pmemCsiDeploymentWarnings,
  pmemDeploymentRules,
  pmemDeploymentWarnings,
} from './admission-rules.ts';
import { pmemCsiDeployments, pmemDeployments } from './resources.ts';

/** PmemCSIDeployment. */
export const pmemCsiDeploymentAdmission: Admission = {
  resource: pmemCsiDeployments,
  versions: [pmem.version],
  validation: {
    webhook: 'validate-pmemcsideployment.pmem-csi.intel.com',
    path: '/validate-pmem-csi-intel-com-v1beta1-pmemcsideployment',
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    rules: pmemCsiDeploymentRules,
    warnings: pmemCsiDeploymentWarnings,
    checks: pmemCsiDeploymentChecks,
  },
};

/** Deployment of the first operator. */
export const pmemDeploymentAdmission: Admission = {
  resource: pmemDeployments,
  versions: [pmem.olderVersion],
  validation: {
    webhook: 'validate-deployment.pmem-csi.intel.com',
    path: '/validate-pmem-csi-intel-com-v1alpha1-deployment',
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    rules: pmemDeploymentRules,
    warnings: pmemDeploymentWarnings,
    checks: pmemDeploymentChecks,
  },
};
