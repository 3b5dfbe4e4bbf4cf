import { type KubeObject, keyOf } from '@rackwright/kube';
import type { AdmissionCheck } from '../admission/admission.ts';
import { phisonDeviceOperators } from './resources.ts';

/** There is one AidaptivCache, which is made from one of them. */
const secondOperator: AdmissionCheck = {
  name: 'second-operator',
  field: 'metadata.name',
  action: 'warn',
  on: ['CREATE'],
  reads: [phisonDeviceOperators],
  failure: async ({ name, object }, cluster) => {
    const own = [object?.metadata?.namespace, name].join('/');
    let other: string | undefined;
    await cluster.some<KubeObject>(phisonDeviceOperators, (found) => {
      if (keyOf(found) !== own && found.metadata?.deletionTimestamp === undefined) other = keyOf(found);
      return other !== undefined;
    });
    return other === undefined
      ? undefined
      : `the PhisonDeviceOperator ${other} is there already, and a cluster has one AidaptivCache; delete one of them`;
  },
};

/** What must be looked up in the cluster about a PhisonDeviceOperator. */
export const phisonDeviceOperatorChecks: readonly AdmissionCheck[] = [secondOperator];
