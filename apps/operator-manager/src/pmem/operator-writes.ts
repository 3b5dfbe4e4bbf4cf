import { pmemCsiDeployments, pmemDeployments } from '@rackwright/api';
import { kubernetes, pmem, rackwright } from '@rackwright/keys';
import { type ResourceType, resources } from '@rackwright/kube';
import {
  type AllowedWrites,
  changedAnnotations,
  changedOutside,
} from '../install/write-policy/allowed-writes.ts';
import { listOf } from '../install/write-policy/cel.ts';

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

const managedBy = listOf([pmem.managedBy, pmem.olderManagedBy]);

const isOurs = (labels: string): string =>
  `'${kubernetes.label.managedBy}' in ${labels} && ${labels}['${kubernetes.label.managedBy}'] in ${managedBy}`;

/** Whether a deployment controls the object with this metadata. */
const isOfDeployment = (metadata: string): string =>
  `'ownerReferences' in ${metadata} && ${metadata}.ownerReferences.exists(owner, 'controller' in owner && owner.controller && ` +
  `owner.apiVersion.startsWith('${pmem.group}/') && owner.kind in ${listOf([pmemCsiDeployments.kind, pmemDeployments.kind])})`;

/** CSIDrivers of others are not touched; those an operator of PMEM-CSI made for a deployment are taken over. */
export const operatorDriverWrites = (who: string): AllowedWrites => ({
  ...{ apiGroup: 'storage.k8s.io', apiVersion: 'v1', resource: 'csidrivers' },
  variables: [
    {
      name: 'driverIsOurs',
      expression: `(${isOurs('variables.afterLabels')}) || (${isOfDeployment('variables.afterMetadata')})`,
    },
    {
      name: 'driverWasOurs',
      expression: `(${isOurs('variables.beforeLabels')}) || (${isOfDeployment('variables.beforeMetadata')})`,
    },
  ],
  validations: [
    {
      expression:
        "(request.operation == 'CREATE' || variables.driverWasOurs) && (request.operation == 'DELETE' || variables.driverIsOurs)",
      message: `${who} may write no CSIDriver but those of PmemCSIDeployments and Deployments of PMEM-CSI`,
    },
  ],
});

/** What an operator of PMEM-CSI made in the whole cluster and this one does not is not written, and goes only with its deployment. */
export const operatorLeftoverWrites = (who: string): AllowedWrites[] => [
  leftoverWrites(who, 'rbac.authorization.k8s.io', resources.clusterRoles),
  leftoverWrites(who, 'admissionregistration.k8s.io', resources.mutatingWebhookConfigurations),
];

const leftoverWrites = (who: string, apiGroup: string, { plural, kind }: ResourceType): AllowedWrites => ({
  ...{ apiGroup, apiVersion: 'v1', resource: plural },
  variables: [],
  validations: [
    {
      expression: `request.operation == 'DELETE' && (${isOfDeployment('variables.beforeMetadata')})`,
      message: `${who} may delete no ${kind} but those of PmemCSIDeployments and Deployments of PMEM-CSI, and write none`,
    },
  ],
});
