import { kubernetes } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';
import { cxiInstall } from '../cxidriver/install.ts';
import { controllerInstalls } from './families.ts';
import { type ControllerInstall, policyWithBinding } from './family-install.ts';
import { type InstallValues, installLabels } from './values.ts';
import { isAccount } from './write-policy/accounts.ts';
import {
  type AllowedWrites,
  only,
  resourceRule,
  sharedVariables,
  type Validation,
} from './write-policy/allowed-writes.ts';
import { operatorNodeWrites } from './write-policy/node-writes.ts';

/** Who is confined. */
interface Confined {
  /** Name of its ServiceAccount. */
  readonly account: string;
  readonly accountNamespace: string;
  /** Namespace of the operator, in which it is not confined. */
  readonly namespace: string;
  /** How a refusal calls it. */
  readonly who: string;
}

/**
 * Confines what the operator may write outside of its own namespace, which RBAC
 * cannot: agents that an installation now gone has left there, and
 * of Nodes and CXIDevices what driver agents wrote.
 */
export function operatorWritePolicy(
  values: InstallValues,
  controllers: readonly ControllerInstall[] = controllerInstalls,
): KubeObject[] {
  const { name: account, namespace } = values;
  const confined = { account, accountNamespace: namespace, namespace, who: 'the operator' };
  return policyWithBinding(
    `${account}-operator-writes`,
    installLabels(values),
    policySpec(confined, controllers),
  );
}

/** Of a removal: where its account is, and what it takes away. */
interface RemovalScope {
  /** Default: that of the operator. */
  readonly accountNamespace?: string;
  /** Default: that of CXIDrivers. */
  readonly controllers?: readonly ControllerInstall[];
}

/**
 * The same for the job that removes what controllers rolled out where no operator
 * works. The agents of an installation that took over those of another are in the
 * namespace of the other, so it may delete DaemonSets in all.
 */
export function removalWritePolicy(
  values: InstallValues,
  account: string,
  { accountNamespace = values.namespace, controllers = [cxiInstall.controller] }: RemovalScope = {},
): KubeObject[] {
  const { namespace } = values;
  const confined = { account, accountNamespace, namespace, who: 'a removal' };
  const removals = controllers.map((controller) => ({
    ...controller,
    operatorWrites: controller.removal?.writes ?? controller.operatorWrites,
  }));
  return policyWithBinding(account, installLabels(values), policySpec(confined, removals));
}

/** Controllers whose rollouts the job of their chart takes away after an uninstall. */
export const removedControllers: readonly ControllerInstall[] = controllerInstalls.filter(
  ({ removal }) => removal !== undefined,
);

function policySpec(
  { account, accountNamespace, namespace, who }: Confined,
  controllers: readonly ControllerInstall[],
) {
  const writes: readonly AllowedWrites[] = [
    operatorNodeWrites(
      who,
      controllers.flatMap(({ nodeFields }) => nodeFields ?? []),
    ),
    ...controllers.flatMap(({ operatorWrites }) => operatorWrites(who)),
  ];
  const owners = controllers.map(({ agentsOf }) => agentsOf);
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
      { name: 'operator', expression: isAccount(accountNamespace, account) },
      // What has no namespace is elsewhere too.
      {
        name: 'elsewhere',
        expression: `!has(request.namespace) || request.namespace != '${namespace}'`,
      },
    ],
    variables: [...sharedVariables, ...writes.flatMap(({ variables }) => variables)],
    validations: [...agentValidations(who, owners).map(ofAgents), ...writes.flatMap(only)],
  };
}

/** Holds for requests about anything but the objects of agents. */
function ofAgents({ expression, message }: Validation): Validation {
  return {
    expression: `!(request.resource.resource in ['daemonsets', 'serviceaccounts']) || (${expression})`,
    message,
  };
}

type AgentsOf = ControllerInstall['agentsOf'];

/** Made by an operator for an object of a kind. */
const isAgentsOf =
  (object: string) =>
  ({ managedBy, group, kind }: AgentsOf): string =>
    `has(${object}.metadata.labels) && '${kubernetes.label.managedBy}' in ${object}.metadata.labels` +
    ` && ${object}.metadata.labels['${kubernetes.label.managedBy}'] == '${managedBy}'` +
    ` && has(${object}.metadata.ownerReferences) && ${object}.metadata.ownerReferences.exists(owner, owner.kind == '${kind}' && owner.apiVersion.startsWith('${group}/'))`;

function agentValidations(who: string, owners: readonly AgentsOf[]): readonly Validation[] {
  const isAgents = (object: string): string => owners.map(isAgentsOf(object)).join(' || ');
  const kinds = owners.map(({ kind }) => kind).join(' or ');
  const ofWhom = `${/^[AEIO]/.test(kinds) ? 'an' : 'a'} ${kinds}`;
  return [
    {
      expression: `object == null || (${isAgents('object')})`,
      message: `outside of its namespace ${who} may write only what belongs to the agents of ${ofWhom}`,
    },
    {
      expression: `oldObject == null || (${isAgents('oldObject')})`,
      message: `outside of its namespace ${who} may change only what belonged to the agents of ${ofWhom}`,
    },
    {
      expression:
        "object == null || request.resource.resource != 'daemonsets' || (has(object.spec.template.spec.serviceAccountName) && object.spec.template.spec.serviceAccountName == object.metadata.name)",
      message: `outside of its namespace ${who} may run agents under no account but the agents' own`,
    },
  ];
}
