import { cxi } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';
import { type InstallValues, installLabels } from './values.ts';

/** Where the API server puts the node of the pod a token was issued for. */
const nodeClaim = 'authentication.kubernetes.io/node-name';
const labelPrefix = 'slingshot.hpe.com/';

/**
 * Ties what a driver agent writes to the node it runs on, which RBAC cannot: its
 * own Node, of that only our labels and the status, and the CXIDevices of that
 * node. An agent whose token names no node may write nothing.
 */
export function nodeWritePolicy(values: InstallValues): KubeObject[] {
  const name = `${values.name}-node-writes`;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name, labels: installLabels(values) };
  const binding = { policyName: name, validationActions: ['Deny'] };
  return [
    { apiVersion, kind: 'ValidatingAdmissionPolicy', metadata, ...{ spec: policySpec(values) } },
    { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata, ...{ spec: binding } },
  ];
}

function policySpec({ namespace }: InstallValues) {
  const account = `request.userInfo.username.startsWith('system:serviceaccount:${namespace}:')`;
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          resources: ['nodes', 'nodes/status'],
        },
        {
          apiGroups: [cxi.group],
          apiVersions: [cxi.version],
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          resources: ['cxidevices', 'cxidevices/status'],
        },
      ],
    },
    matchConditions: [
      {
        name: 'driver-agents',
        expression: `${account} && request.userInfo.username.endsWith('driver-agent')`,
      },
    ],
    variables,
    validations,
  };
}

const variables = [
  {
    name: 'node',
    expression: `has(request.userInfo.extra) && '${nodeClaim}' in request.userInfo.extra ? request.userInfo.extra['${nodeClaim}'][0] : ''`,
  },
  { name: 'target', expression: "request.operation == 'DELETE' ? oldObject : object" },
  { name: 'isNode', expression: "request.resource.resource == 'nodes'" },
  {
    name: 'labels',
    expression: 'has(variables.target.metadata.labels) ? variables.target.metadata.labels : {}',
  },
  {
    name: 'oldLabels',
    expression: 'oldObject != null && has(oldObject.metadata.labels) ? oldObject.metadata.labels : {}',
  },
];

const kept = (labels: string, others: string): string =>
  `${labels}.all(key, key.startsWith('${labelPrefix}') || (key in ${others} && ${others}[key] == ${labels}[key]))`;

const validations = [
  {
    expression: "variables.node != ''",
    message: 'a driver agent must use the token of its own pod, which names its node',
  },
  {
    expression: "!variables.isNode || (request.operation == 'UPDATE' && request.name == variables.node)",
    messageExpression: "'this driver agent may write no Node but ' + variables.node",
  },
  {
    expression: `!variables.isNode || (${kept('variables.labels', 'variables.oldLabels')} && ${kept('variables.oldLabels', 'variables.labels')})`,
    message: `a driver agent may change no labels of its Node but those under ${labelPrefix}`,
  },
  {
    expression:
      '!variables.isNode || (has(object.spec) == has(oldObject.spec) && (!has(object.spec) || object.spec == oldObject.spec))',
    message: 'a driver agent may not change the spec of its Node',
  },
  {
    expression:
      "variables.isNode || (variables.target.metadata.name.startsWith(variables.node + '-') && variables.target.metadata.name.substring(size(variables.node) + 1).matches('^cxi[0-9]+$'))",
    messageExpression:
      "'this driver agent may write no CXIDevice but those named ' + variables.node + '-cxiN'",
  },
  {
    expression: `variables.isNode || ('${cxi.label.node}' in variables.labels && variables.labels['${cxi.label.node}'] == variables.node)`,
    messageExpression: `'a CXIDevice of this driver agent must carry the label ${cxi.label.node}=' + variables.node`,
  },
  {
    expression:
      'variables.isNode || !has(variables.target.status) || !has(variables.target.status.node) || variables.target.status.node == variables.node',
    messageExpression: "'a CXIDevice of this driver agent must have the status.node ' + variables.node",
  },
];
