import type { Admission } from './admission/admission.ts';
import { aidaptivCacheAdmission, phisonDeviceOperatorAdmission } from './ai100/admission.ts';
import { aistoreAdmission, aistoreAuthAdmission, aistoreAuthProfileAdmission } from './ais/admission.ts';
import { cxiDriverAdmission } from './cxi/admission.ts';
import { pmemCsiDeploymentAdmission, pmemDeploymentAdmission } from './pmem/admission.ts';

/** Every admission that admission-webhook serves: one line for each kind of a family. */
export const admissions: readonly Admission[] = [
  cxiDriverAdmission,
  aidaptivCacheAdmission,
  phisonDeviceOperatorAdmission,
  pmemCsiDeploymentAdmission,
  pmemDeploymentAdmission,
  aistoreAdmission,
  aistoreAuthAdmission,
  aistoreAuthProfileAdmission,
];
