import { kubernetes, pmem, rackwright } from '@rackwright/keys';
import {
  type AllowedWrites,
  changedAnnotations,
  changedOutside,
} from '../install/write-policy/allowed-writes.ts';

/** Of a deployment the operator writes the status, and whose it is. */
export const operatorDeploymentWrites = (who: string): AllowedWrites => {
  const sentence = `${who} may change nothing of a PmemCSIDeployment but its status and whose it is`;
  const changes = [
    changedOutside({ fields: ['status'], metadata: ['annotations'] }),
    changedAnnotations(`key == '${rackwright.annotation.operator}'`),
  ].join(' + ');
  return {
    ...{ apiGroup: pmem.group, apiVersion: pmem.version, resource: 'pmemcsideployments' },
    variables: [{ name: 'deploymentChanges', expression: changes }],
    validations: [
      {
        expression: "request.operation == 'UPDATE'",
        message: `${who} may make and delete no PmemCSIDeployment`,
      },
      {
        expression: "request.operation != 'UPDATE' || variables.deploymentChanges.size() == 0",
        message: sentence,
        messageExpression: `'${sentence}, not ' + variables.deploymentChanges.join(', ')`,
      },
    ],
  };
};

const isOurs = (labels: string): string =>
  `'${kubernetes.label.managedBy}' in ${labels} && ${labels}['${kubernetes.label.managedBy}'] == '${pmem.managedBy}'`;

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
      message: `${who} may write no CSIDriver but those of PmemCSIDeployments`,
    },
  ],
});
