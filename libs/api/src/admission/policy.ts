import type { KubeObject } from '@rackwright/kube';
import type { Admission, AdmissionRule, Operation } from './admission.ts';
import { celVariables, settingsOf, toCel } from './cel.ts';
import type { RuleSettings } from './evaluate.ts';
import { matchConditions } from './match-conditions.ts';

/** Which of an admission's rules a policy has: those that refuse, or those that warn. */
export type PolicyPart = 'rules' | 'warnings';

/** The spec of the ValidatingAdmissionPolicy with an admission's rules, without what only the webhook can tell. */
export function policySpec(admission: Admission, part: PolicyPart, settings: RuleSettings = {}) {
  const { resource, versions, validation } = admission;
  const rules = validation[part];
  const conditions = rules.map(({ holds }) => holds);
  const names = [...new Set(conditions.flatMap(settingsOf))];
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: [resource.group],
          apiVersions: [...versions],
          operations: operationsOf(rules),
          resources: [resource.plural],
        },
      ],
    },
    matchConditions,
    variables: [
      ...names.map((name) => ({ name, expression: JSON.stringify(settings[name] ?? []) })),
      ...celVariables(conditions),
    ],
    validations: rules.map(validationOf),
  };
}

function operationsOf(rules: readonly AdmissionRule[]): Operation[] {
  const operations: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE'];
  return operations.filter((operation) => rules.some(({ on = writes }) => on.includes(operation)));
}

const writes: readonly Operation[] = ['CREATE', 'UPDATE'];

function validationOf({ holds, message, on = writes }: AdmissionRule) {
  const others = `!(request.operation in ${JSON.stringify(on)})`;
  return { expression: on === writes ? toCel(holds) : `${others} || ${toCel(holds)}`, message };
}

/** The policy of that name and the binding that puts it into force. */
export function policyObjects(
  admission: Admission,
  part: PolicyPart,
  { name, settings = {} }: { readonly name: string; readonly settings?: RuleSettings },
): KubeObject[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const spec = policySpec(admission, part, settings);
  const binding = { policyName: name, validationActions: [part === 'rules' ? 'Deny' : 'Warn'] };
  return [
    { apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name }, ...{ spec } },
    { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name }, ...{ spec: binding } },
  ];
}
