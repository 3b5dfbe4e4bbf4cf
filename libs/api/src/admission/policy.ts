import type { KubeObject } from '@rackwright/kube';
import { type Admission, type AdmissionRule, isAbout, type Operation } from './admission.ts';
import { celVariables, settingsOf, toCel } from './cel.ts';
import type { RuleSettings } from './evaluate.ts';
import { matchConditions } from './match-conditions.ts';

/** Which of an admission's rules a policy has: those that refuse, or those that warn. */
export type PolicyPart = 'rules' | 'warnings';

const allOperations: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE'];

/** The spec of the ValidatingAdmissionPolicy with an admission's rules, without what only the webhook can tell. */
export function policySpec(admission: Admission, part: PolicyPart, settings: RuleSettings = {}) {
  const { resource, versions, validation } = admission;
  const rules = validation[part];
  const conditions = rules.map(({ holds }) => holds);
  const operations = operationsOf(rules);
  const names = [...new Set(conditions.flatMap(settingsOf))];
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: [resource.group],
          apiVersions: [...versions],
          operations,
          resources: [resource.plural],
        },
      ],
    },
    matchConditions,
    variables: [
      ...names.map((name) => ({ name, expression: JSON.stringify(settings[name] ?? []) })),
      ...celVariables(conditions),
    ],
    validations: rules.map((rule) => validationOf(rule, operations)),
  };
}

function operationsOf(rules: readonly AdmissionRule[]): Operation[] {
  return allOperations.filter((operation) => rules.some((rule) => isAbout(rule, operation)));
}

/** Holds for requests of a kind the rule is not about. */
function validationOf(rule: AdmissionRule, covered: readonly Operation[]) {
  const about = covered.filter((operation) => isAbout(rule, operation));
  const others =
    about.length === covered.length ? '' : `!(request.operation in ${JSON.stringify(about)}) || `;
  return { expression: others + toCel(rule.holds), message: rule.message };
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
