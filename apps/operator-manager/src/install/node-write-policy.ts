import type { KubeObject } from '@rackwright/kube';
import { type InstallValues, installLabels } from './values.ts';
import { isDriverAgent } from './write-policy/accounts.ts';
import { type AllowedWrites, only, resourceRule, sharedVariables } from './write-policy/allowed-writes.ts';
import { deviceWrites } from './write-policy/device-writes.ts';
import { eventWrites } from './write-policy/event-writes.ts';
import { nodeWrites } from './write-policy/node-writes.ts';

/** Where the API server puts the node of the pod a token was issued for. */
const nodeClaim = 'authentication.kubernetes.io/node-name';

const writes: readonly AllowedWrites[] = [nodeWrites, deviceWrites, eventWrites];

/**
 * Ties what a driver agent writes to the node it runs on, which RBAC cannot. The
 * policy lists what is allowed, and holds everything else an object has, or will
 * have in a later Kubernetes, to what it was: of the agent's own Node its labels
 * and conditions may change, of the CXIDevices of that node labels, owner and
 * status, of its own events their count. An agent whose token names no node may
 * write nothing.
 *
 * @param account condition in CEL over the user of a request; default is every agent of the operator
 */
export function nodeWritePolicy(values: InstallValues, account = isDriverAgent(values)): KubeObject[] {
  const name = `${values.name}-node-writes`;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name, labels: installLabels(values) };
  const binding = { policyName: name, validationActions: ['Deny'] };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      ...{ spec: nodeBoundPolicySpec({ name: 'driver-agents', who: 'a driver agent', account, writes }) },
    },
    { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata, ...{ spec: binding } },
  ];
}

/** Who writes about its own node only. */
export interface NodeBoundWriter {
  /** Of the condition that picks its requests. */
  readonly name: string;
  /** In sentences: `a driver agent`. */
  readonly who: string;
  /** Condition in CEL over the user of a request. */
  readonly account: string;
  readonly writes: readonly AllowedWrites[];
}

/** The spec of a policy that holds a writer to the node its token names, `variables.node`. */
export function nodeBoundPolicySpec({ name, who, account, writes }: NodeBoundWriter) {
  return {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: writes.map(resourceRule) },
    matchConditions: [{ name, expression: account }],
    variables: [
      {
        name: 'node',
        expression: `has(request.userInfo.extra) && '${nodeClaim}' in request.userInfo.extra ? request.userInfo.extra['${nodeClaim}'][0] : ''`,
      },
      ...sharedVariables,
      ...writes.flatMap(({ variables }) => variables),
    ],
    validations: [
      {
        expression: "variables.node != ''",
        message: `${who} must use the token of its own pod, which names its node`,
      },
      ...writes.flatMap(only),
    ],
  };
}
