import { leaderTerms } from '@rackwright/api';

/** Where the API server puts the pod a token was issued for. */
const extra = 'request.userInfo.extra';
const podClaim = "'authentication.kubernetes.io/pod-name'";

/** CEL: whether the request comes from a pod. */
export const hasPod = `has(${extra}) && ${podClaim} in ${extra}`;

/** CEL: the name of that pod. */
export const podName = `${extra}[${podClaim}][0]`;

/** Lets a pod of the operator's namespace write of itself that it leads, and nobody else. All may delete it. */
export function leaderTermPolicySpec(namespace: string) {
  const accounts = `'system:serviceaccount:${namespace}:'`;
  const { group, plural } = leaderTerms;
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        { apiGroups: [group], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: [plural] },
      ],
    },
    matchConditions: [{ name: 'namespace', expression: `request.namespace == '${namespace}'` }],
    validations: [
      {
        expression: `request.userInfo.username.startsWith(${accounts})`,
        message:
          'only the operator may say who leads; while its LeaderTerm is deleted all replicas may write',
      },
      {
        expression: `!(${hasPod}) || object.spec.holderIdentity.startsWith(${podName} + '_')`,
        message: 'a replica may say only of itself that it leads',
      },
    ],
  };
}
