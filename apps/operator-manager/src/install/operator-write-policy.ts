import { cxi, kubernetes } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';
import { type InstallValues, installLabels } from './values.ts';
import {
  type AllowedWrites,
  only,
  resourceRule,
  sharedVariables,
  type Validation,
} from './write-policy/allowed-writes.ts';
import { operatorDeviceWrites } from './write-policy/device-writes.ts';
import { operatorNodeWrites } from './write-policy/node-writes.ts';

const writes: readonly AllowedWrites[] = [operatorNodeWrites, operatorDeviceWrites];

/**
 * Confines what the operator may write outside of its own namespace, which RBAC
 * cannot: agents of CXIDrivers that an installation now gone has left there, and
 * of Nodes and CXIDevices what driver agents wrote.
 */
export function operatorWritePolicy(values: InstallValues): KubeObject[] {
  const name = `${values.name}-operator-writes`;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name, labels: installLabels(values) };
  const binding = { policyName: name, validationActions: ['Deny'] };
  return [
    { apiVersion, kind: 'ValidatingAdmissionPolicy', metadata, ...{ spec: policySpec(values) } },
    { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata, ...{ spec: binding } },
  ];
}

function policySpec({ name, namespace }: InstallValues) {
  const operations = ['CREATE', 'UPDATE', 'DELETE'];
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        { apiGroups: ['apps'], apiVersions: ['v1'], operations, resources: ['daemonsets'] },
        { apiGroups: [''], apiVersions: ['v1'], operations, resources: ['serviceaccounts'] },
        ...writes.map(resourceRule),
      ],
    },
    matchConditions: [
      {
        name: 'operator',
        expression: `request.userInfo.username == 'system:serviceaccount:${namespace}:${name}'`,
      },
      // What has no namespace is elsewhere too.
      {
        name: 'elsewhere',
        expression: `!has(request.namespace) || request.namespace != '${namespace}'`,
      },
    ],
    variables: [...sharedVariables, ...writes.flatMap(({ variables }) => variables)],
    validations: [...agentValidations.map(ofAgents), ...writes.flatMap(only)],
  };
}

/** Holds for requests about anything but the objects of agents. */
function ofAgents({ expression, message }: Validation): Validation {
  return {
    expression: `!(request.resource.resource in ['daemonsets', 'serviceaccounts']) || (${expression})`,
    message,
  };
}

/** Made by an operator for a CXIDriver. */
const isAgents = (object: string): string =>
  `has(${object}.metadata.labels) && '${kubernetes.label.managedBy}' in ${object}.metadata.labels` +
  ` && ${object}.metadata.labels['${kubernetes.label.managedBy}'] == '${cxi.managedBy}'` +
  ` && has(${object}.metadata.ownerReferences) && ${object}.metadata.ownerReferences.exists(owner, owner.kind == 'CXIDriver' && owner.apiVersion.startsWith('${cxi.group}/'))`;

const agentValidations: readonly Validation[] = [
  {
    expression: `object == null || (${isAgents('object')})`,
    message: 'outside of its namespace the operator may write only what belongs to the agents of a CXIDriver',
  },
  {
    expression: `oldObject == null || (${isAgents('oldObject')})`,
    message:
      'outside of its namespace the operator may change only what belonged to the agents of a CXIDriver',
  },
  {
    expression:
      "object == null || request.resource.resource != 'daemonsets' || (has(object.spec.template.spec.serviceAccountName) && object.spec.template.spec.serviceAccountName == object.metadata.name)",
    message: "outside of its namespace the operator may run agents under no account but the agents' own",
  },
];
