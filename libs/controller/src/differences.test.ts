import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { differences } from './differences.ts';

const builtIn = { zeroIsAbsent: true };
const custom = { zeroIsAbsent: false };

test('fields that others set, and defaults, do not matter', () => {
  const desired = { spec: { containers: [{ name: 'a', image: 'x' }] } };
  const live = {
    spec: {
      dnsPolicy: 'ClusterFirst',
      containers: [
        { name: 'sidecar', image: 'proxy' },
        { name: 'a', image: 'x', imagePullPolicy: 'Always' },
      ],
    },
  };
  expect(differences(desired, live, builtIn)).toEqual([]);
});

test('what differs is told with its path and both values', () => {
  const desired = {
    spec: { template: { spec: { containers: [{ name: 'agent', image: 'b', args: ['x', 'y'] }] } } },
  };
  const live = { spec: { template: { spec: { containers: [{ name: 'agent', image: 'a', args: ['x'] }] } } } };
  expect(differences(desired, live, builtIn)).toEqual([
    'spec.template.spec.containers[agent].image: "a" should be "b"',
    'spec.template.spec.containers[agent].args: ["x"] should be ["x","y"]',
  ]);
});

test('keys that are no plain words are quoted in paths', () => {
  expect(differences({ labels: { 'a.b/c': '1' } }, {}, builtIn)).toEqual([
    'labels: absent should be {"a.b/c":"1"}',
  ]);
  expect(differences({ labels: { 'a.b/c': '1' } }, { labels: {} }, builtIn)).toEqual([
    'labels["a.b/c"]: absent should be "1"',
  ]);
});

test.each([false, 0, '', [], {}, { nested: { off: false } }])(
  'the zero value %j is not missed where the server leaves it out, but kept apart from other values',
  (zero) => {
    expect(differences({ field: zero }, {}, builtIn)).toEqual([]);
    expect(differences({ field: zero }, {}, custom)).toHaveLength(1);
    expect(differences({ field: zero }, { field: 'else' }, builtIn)).toHaveLength(1);
  },
);

test('false and true, zero and one are told apart', () => {
  expect(differences({ a: false, b: 0 }, { a: true, b: 1 }, builtIn)).toHaveLength(2);
});

test('quantities of the same size are equal where quantities stand, and only there', () => {
  const resources = (cpu: unknown): unknown => ({
    containers: [{ name: 'a', resources: { requests: { cpu } } }],
  });
  expect(differences(resources('100m'), resources('0.1'), builtIn)).toEqual([]);
  expect(differences(resources(1), resources('1'), builtIn)).toEqual([]);
  expect(differences(resources('100m'), resources('200m'), builtIn)).toHaveLength(1);
  const volume = (sizeLimit: string): unknown => ({ volumes: [{ name: 'v', emptyDir: { sizeLimit } }] });
  expect(differences(volume('1Gi'), volume('1024Mi'), builtIn)).toEqual([]);
  expect(
    differences({ data: { sizeLimit: '1Gi' } }, { data: { sizeLimit: '1024Mi' } }, builtIn),
  ).toHaveLength(1);
  const env = (value: string): unknown => ({ env: [{ name: 'CPU', value }] });
  expect(differences(env('100m'), env('0.1'), builtIn)).toHaveLength(1);
});

test.each([
  ['env', [{ name: 'A', value: '1' }], [{ name: 'B' }, { name: 'A', value: '1' }]],
  [
    'ports',
    [{ containerPort: 80 }],
    [
      { containerPort: 80, protocol: 'TCP' },
      { containerPort: 80, protocol: 'UDP' },
    ],
  ],
  ['ports', [{ port: 80, protocol: 'TCP' }], [{ port: 80, protocol: 'TCP', nodePort: 30000 }]],
  [
    'volumeMounts',
    [{ mountPath: '/a', name: 'x' }],
    [
      { mountPath: '/b', name: 'x' },
      { mountPath: '/a', name: 'x' },
    ],
  ],
  ['finalizers', ['ours'], ['theirs', 'ours']],
])('%s are matched by what identifies an item, whatever the order', (field, desired, live) => {
  expect(differences({ [field]: desired }, { [field]: live }, builtIn)).toEqual([]);
  expect(differences({ [field]: live }, { [field]: desired }, builtIn)).not.toEqual([]);
});

test('two ports that differ in protocol only are two ports', () => {
  const desired = [{ containerPort: 53, protocol: 'UDP', name: 'dns' }];
  expect(
    differences({ ports: desired }, { ports: [{ containerPort: 53, name: 'dns' }] }, builtIn),
  ).toHaveLength(1);
});

test('other lists are one value', () => {
  const rule = { verbs: ['get'] };
  expect(differences({ rules: [rule] }, { rules: [{ ...rule, apiGroups: [''] }] }, builtIn)).toEqual([]);
  expect(differences({ rules: [rule] }, { rules: [rule, rule] }, builtIn)).toHaveLength(1);
  expect(differences({ args: ['a', 'b'] }, { args: ['b', 'a'] }, builtIn)).toHaveLength(2);
});

test('fields inherited from Object are not taken for the live object’s', () => {
  expect(differences({ data: { constructor: 'x', toString: '' } }, { data: {} }, custom)).toHaveLength(2);
  expect(differences({ toString: [{ name: 'a' }] }, { toString: [{ name: 'a' }] }, builtIn)).toEqual([]);
});

const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const fieldName = fc.constantFrom('a', 'b', 'spec', 'env', 'ports', 'args', 'requests', 'resources', 'x.y');
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.dictionary(fieldName, tie('tree'), { maxKeys: 4 }),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1 }), value: leaf }), {
      selector: ({ name }) => name,
    }),
  ),
}));
const object = fc.dictionary(fieldName, tree, { minKeys: 1, maxKeys: 4 });

/** What a server might make of `value`: more fields in every record. */
function defaulted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(defaulted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, defaulted(field)]);
  return { ...Object.fromEntries(fields), addedByServer: 'default' };
}

test('nothing differs from itself, nor from itself with defaults added', () => {
  fc.assert(
    fc.property(object, fc.boolean(), (desired, zeroIsAbsent) => {
      expect(differences(desired, structuredClone(desired), { zeroIsAbsent })).toEqual([]);
      expect(differences(desired, defaulted(desired), { zeroIsAbsent })).toEqual([]);
    }),
  );
});

/** `value` with the leaf at position `at` (in order of visiting) replaced; undefined if there are fewer. */
function withLeaf(value: unknown, at: { left: number }): unknown {
  if (Array.isArray(value)) return value.map((item) => withLeaf(item, at));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withLeaf(field, at)]));
  }
  at.left -= 1;
  return at.left === -1 ? 'somebody changed this' : value;
}

test('a changed leaf is always seen', () => {
  fc.assert(
    fc.property(object, fc.nat(20), (desired, position) => {
      const at = { left: position };
      const live = withLeaf(desired, at);
      fc.pre(at.left < 0);
      expect(differences(desired, live, builtIn)).not.toEqual([]);
    }),
  );
});

test('any two values can be compared', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (desired, live) => {
      expect(differences(desired, live, builtIn).length).toBeLessThanOrEqual(20);
    }),
  );
});
