import { kubernetes, pmem, rackwright } from '@rackwright/keys';
import type { ResourceType } from '@rackwright/kube';
import {
  type AllowedWrites,
  changedAnnotations,
  changedOutside,
} from '../install/write-policy/allowed-writes.ts';

/** Of a deployment the operator writes the status, and whose it is. */
export const operatorDeploymentWrites = (
  who: string,
  { group, version, plural, kind }: ResourceType,
): AllowedWrites => {
  const sentence = `${who} may change nothing of a ${kind} but its status and whose it is`;
  const name = `${plural}Changes`;
  const changes = [
    changedOutside({ fields: ['status'], metadata: ['annotations'] }),
    changedAnnotations(`key == '${rackwright.annotation.operator}'`),
  ].join(' + ');
  return {
    ...{ apiGroup: group, apiVersion: version, resource: plural },
    variables: [{ name, expression: changes }],
    validations: [
      {
        expression: "request.operation == 'UPDATE'",
        message: `${who} may make and delete no ${kind}`,
      },
      {
        expression: `request.operation != 'UPDATE' || variables.${name}.size() == 0`,
        message: sentence,
        messageExpression: `'${sentence}, not ' + variables.${name}.join(', ')`,
      },
    ],
  };
};

const managedBy = [pmem.managedBy, pmem.olderManagedBy].map((value) => `'${value}'`).join(', ');

const isOurs = (labels: string): string =>
  `'${kubernetes.label.managedBy}' in ${labels} && ${labels}['${kubernetes.label.managedBy}'] in [${managedBy}]`;

/** CSIDrivers of others are not touched. */
export const operatorDriverWrites = (who: string): AllowedWrites => ({
  ...{ apiGroup: 'storage.k8s.io', apiVersion: 'v1', resource: 'csidrivers' },
  variables: [
    { name: 'driverIsOurs', expression: isOurs('variables.afterLabels') },
    { name: 'driverWasOurs', expression: isOurs('variables.beforeLabels') },
  ],
  validations: [
    {
      expression:
        "(request.operation == 'CREATE' || variables.driverWasOurs) && (request.operation == 'DELETE' || variables.driverIsOurs)",
      message: `${who} may write no CSIDriver but those of PmemCSIDeployments and Deployments of PMEM-CSI`,
    },
  ],
});
