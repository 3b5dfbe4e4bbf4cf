import { expect, test } from '@jest/globals';
import type { AgentDescriptor } from '@rackwright/manager';
import { parse } from 'yaml';
import { familyInstalls } from '../../../apps/operator-manager/src/install/families.ts';
import type {
  ControllerInstall,
  FamilyInstall,
} from '../../../apps/operator-manager/src/install/family-install.ts';
import { bindRule } from '../../../apps/operator-manager/src/install/operator-rules.ts';
import { agentRoleName } from '../../../apps/operator-manager/src/install/values.ts';
import { chartRuleFiles } from './chart-rules.ts';

interface Policy {
  readonly matchConditions: readonly { readonly expression: string }[];
  readonly validations: readonly { readonly message: string }[];
}

const files = new Map(chartRuleFiles());
const read = (path: string) => parse(files.get(path) ?? '') as never;
const cxi: ControllerFile = read('charts/operator-manager/files/controllers/cxidriver.yaml');

interface ControllerFile {
  readonly clusterRules: readonly { readonly verbs: string[]; readonly resourceNames?: string[] }[];
  readonly agentRoles: Readonly<Record<string, unknown>>;
  readonly nodePolicies: Readonly<Record<string, Policy>>;
}

test('an agent without the operator is held to the same writes, under its own account', () => {
  const { policy }: { policy: Policy } = read('charts/driver-agent/files/node-write-policy.yaml');
  const { matchConditions: who, ...alone } = policy;
  const { matchConditions: agents, ...managed } = cxi.nodePolicies['node-writes'] as Policy;
  expect(alone).toEqual(managed);
  expect(alone.validations.length).toBeGreaterThan(5);
  expect(who.map(({ expression }) => expression)).toEqual([
    "request.userInfo.username == 'system:serviceaccount:__NAMESPACE__:__ACCOUNT__'",
  ]);
  expect(agents).not.toEqual(who);
});

test('the roles a controller may bind are those that come with it, by the names a release gives them', () => {
  const bound = cxi.clusterRules.filter(({ verbs }) => verbs.includes('bind'));
  const roles = Object.keys(cxi.agentRoles);
  expect(roles).toEqual(['driver-agent']);
  expect(bound.flatMap(({ resourceNames = [] }) => resourceNames)).toEqual(
    roles.map((suffix) => `__ROLE_${suffix}__`),
  );
});

test('another family brings its controller and the roles of its agents into every chart that runs it', () => {
  const [cxiFamily] = familyInstalls as readonly [Required<FamilyInstall>];
  const agent = cxiFamily.agents['driver-agent'] as AgentDescriptor;
  const lease = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] };
  const gauge = { ...agent, component: 'gauge', rights: { cluster: [], namespace: [lease] } };
  const controller: ControllerInstall = {
    ...cxiFamily.controller,
    ...{ name: 'gauges', charts: ['gauge-operator'] },
    clusterRules: (values) => [bindRule([agentRoleName(values, 'gauge')])],
  };
  const made = new Map(chartRuleFiles([{ family: 'cxi', agents: { gauge }, nodeBound: {}, controller }]));
  const path = 'files/controllers/gauges.yaml';
  expect(made.get(`charts/gauge-operator/${path}`)).toBe(made.get(`charts/operator-manager/${path}`));
  expect(parse(made.get(`charts/operator-manager/${path}`) ?? '')).toMatchObject({
    agentRoles: { gauge: [], 'gauge-namespace': [lease] },
    clusterRules: [{ verbs: ['bind'], resourceNames: ['__ROLE_gauge__'] }],
  });
});
