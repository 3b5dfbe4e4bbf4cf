import { leaderTerms } from '@rackwright/api';
import { cxi, cxiEvent } from '@rackwright/keys';
import { apiVersionOf, type KubeObject, type PolicyRule } from '@rackwright/kube';
import { type ControllerInstall, policyWithBinding } from './family-install.ts';
import { hasPod, leaderTermPolicySpec, podName } from './leader-term-policy.ts';
import { type InstallValues, installLabels } from './values.ts';
import { isAccount } from './write-policy/accounts.ts';

/**
 * Lets only the replica write that leads, as the operator's LeaderTerm says. A
 * replica looks at the age of its last renewal before it sends, but what it sent
 * may come late, and it may be frozen between the look and the sending; this does
 * not depend on time. docs/adr/0013 says what is guaranteed.
 *
 * Replicas are told apart by the pod their token was issued for. Who uses another
 * token of the account is not held back.
 */
export function leaderWritePolicy(
  values: InstallValues,
  controllers: readonly ControllerInstall[],
): KubeObject[] {
  const { name, namespace } = values;
  const labels = installLabels(values);
  const spec = leaderWritePolicySpec(values, controllers);
  return [
    ...policyWithBinding(`${name}-leader-writes`, labels, spec, { paramRef: leaderTermRef(values) }),
    ...policyWithBinding(`${name}-leader-terms`, labels, leaderTermPolicySpec(namespace)),
  ];
}

/** Where the policy finds out who leads; until somebody did, everybody may write. */
export function leaderTermRef({ namespace }: Pick<InstallValues, 'namespace'>) {
  return { name: cxi.leaderElectionLease, namespace, parameterNotFoundAction: 'Allow' };
}

const aboutLeases = "request.resource.resource == 'leases'";

/** Its replicas renew the Lease whoever leads. Whether a replica is taken for the leader it asks by a dry run. */
const asks = `!(${aboutLeases}) || (has(request.dryRun) && request.dryRun)`;

/** A replica that waits tells so. */
const standsBy = `request.resource.resource == 'events' && object != null && has(object.reason) && object.reason == '${cxiEvent.standingBy}'`;

/** @param controllers whose writes it is about */
export function leaderWritePolicySpec(values: InstallValues, controllers: readonly ControllerInstall[]) {
  const { namespace, name } = values;
  const rules = controllers.flatMap((controller) => [
    ...controller.clusterRules(values),
    ...controller.namespaceRules,
  ]);
  const resourceRules = new Map(
    rules.filter(isJudged).map((one) => [JSON.stringify([one.apiGroups, one.resources]), resourceRule(one)]),
  );
  return {
    // Other accounts write these kinds too, nodes for instance. They must not be
    // kept from it while an API server that has just started reads who leads.
    failurePolicy: 'Ignore',
    paramKind: { apiVersion: apiVersionOf(leaderTerms), kind: leaderTerms.kind },
    matchConstraints: { resourceRules: [...resourceRules.values()] },
    matchConditions: [
      { name: 'operator', expression: isAccount(namespace, name) },
      { name: 'in-a-pod', expression: hasPod },
      { name: 'leases-by-dry-run', expression: asks },
      { name: 'not-of-those-who-wait', expression: `!(${standsBy})` },
    ],
    variables: [
      { name: 'pod', expression: podName },
      {
        name: 'holder',
        expression: "has(params.spec) && has(params.spec.holderIdentity) ? params.spec.holderIdentity : ''",
      },
      {
        name: 'leads',
        expression: "variables.holder == '' || variables.holder.startsWith(variables.pod + '_')",
      },
    ],
    validations: [
      // Not Invalid: there is nothing wrong with the object, so it is tried again.
      { ...refusal, expression: `variables.leads || ${aboutLeases}`, reason: 'Forbidden' },
      { ...refusal, expression: `variables.leads || !(${aboutLeases})`, reason: 'Invalid' },
    ],
  };
}

const refusal = {
  message: 'only the replica of the operator that leads may write',
  messageExpression:
    "'only the replica of the operator that leads may write: ' + variables.holder + ', not pod ' + variables.pod",
};

const writeVerbs = ['create', 'update', 'patch', 'delete'];

/**
 * What the LeaderTerm says is judged by a policy of its own. Whose a token is any
 * replica may ask, for nothing is stored.
 */
function isJudged({ verbs, apiGroups = [], resources = [] }: PolicyRule): boolean {
  const isOther = resources.includes(leaderTerms.plural) || apiGroups.includes('authentication.k8s.io');
  return !isOther && verbs.some((verb) => writeVerbs.includes(verb));
}

function resourceRule({ apiGroups = [], resources = [] }: PolicyRule) {
  // Every kubelet renews a lease all the time, which need not be looked at.
  const operations = resources.includes('leases') ? ['CREATE'] : ['CREATE', 'UPDATE', 'DELETE'];
  return { apiGroups, apiVersions: ['*'], operations, resources };
}
