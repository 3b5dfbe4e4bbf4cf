import { type AllowedWrites, only, resourceRule, sharedVariables } from './write-policy/allowed-writes.ts';

/** Where the API server puts the node of the pod a token was issued for. */
const nodeClaim = 'authentication.kubernetes.io/node-name';

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

/**
 * The spec of a policy that ties what an agent writes to the node its token
 * names, `variables.node`, which RBAC cannot. It lists what is allowed, and holds
 * everything else an object has, or will have in a later Kubernetes, to what it
 * was. An agent whose token names no node may write nothing.
 */
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
