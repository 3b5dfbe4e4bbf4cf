import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { chartRuleFiles } from './chart-rules.ts';

interface Policy {
  readonly matchConditions: readonly { readonly expression: string }[];
  readonly validations: readonly { readonly message: string }[];
}

function policyOf(chart: string): Policy {
  const file = chartRuleFiles().find(([path]) => path === `charts/${chart}/files/node-write-policy.yaml`);
  return (parse(file?.[1] ?? '') as { policy: Policy }).policy;
}

test('an agent without the operator is held to the same writes, under its own account', () => {
  const { matchConditions: who, ...alone } = policyOf('driver-agent');
  const { matchConditions: agents, ...managed } = policyOf('operator-manager');
  expect(alone).toEqual(managed);
  expect(alone.validations.length).toBeGreaterThan(5);
  expect(who.map(({ expression }) => expression)).toEqual([
    "request.userInfo.username == 'system:serviceaccount:__NAMESPACE__:__ACCOUNT__'",
  ]);
  expect(agents).not.toEqual(who);
});
