import { expect, test } from '@jest/globals';
import { replaced } from './arbitrary-request.ts';
import { manifestViolations } from './objects.ts';
import { namesTheValue } from './refusal.ts';

const head = 'apiVersion: v1\nkind: Secret\nmetadata:\n';

test.each([
  ['a key that stands twice', `${head}  name: a\n  name: b\n`, /Map keys must be unique/],
  ['no YAML', `${head}  name: "a\n`, /./],
  ['two objects of one name', `${head}  name: a\n---\n${head}  name: a\n`, /^Secret \/a is there twice$/],
  ['a name that is a number', `${head}  name: 123\n`, /no valid name/],
  ['a name that is too long', `${head}  name: ${'a'.repeat(64)}\n`, /no valid name/],
  ['a namespace that is a number', `${head}  name: a\n  namespace: 1e3\n`, /no valid namespace/],
  [
    'a whole number as a power',
    `${head}  name: a\nspec:\n  replicas: 1e+06\n`,
    /replicas: 1e\+06 is no whole number/,
  ],
  ['a label with a space', `${head}  name: a\n  labels: {x: a b}\n`, /label x: "a b"/],
  ['an annotation that is no text', `${head}  name: a\n  annotations: {x: true}\n`, /annotation x: true/],
  [
    'a variable that stands twice',
    `${head}  name: a\nspec: {template: {spec: {containers: [{name: c, env: [{name: A}, {name: A}]}]}}}\n`,
    /variable A is there twice/,
  ],
  [
    'a pull secret that stands twice',
    `${head}  name: a\nspec: {template: {spec: {imagePullSecrets: [{name: p}, {name: p}]}}}\n`,
    /pull secret p is there twice/,
  ],
])('%s is a violation', (_, manifest, expected) => {
  expect(manifestViolations(manifest).join('\n')).toMatch(expected);
});

test('a sound manifest has no violations, nor has a long name that the values give', () => {
  expect(manifestViolations(`${head}  name: a\n---\n${head}  name: b\n`)).toEqual([]);
  const long = 'a'.repeat(100);
  expect(manifestViolations(`${head}  name: ${long}\n`, new Set([long]))).toEqual([]);
});

test.each([
  [
    "values don't meet the specifications of the schema(s) in the following chart(s):\na:\n- at '/b': got null",
    true,
  ],
  ['execution error at (a/templates/b.yaml:1:4): podAnnotations.x: {"a":1} is not text', true],
  ['template: a/templates/b.yaml:1:4: executing "b" at <.x>: nil pointer evaluating interface {}.y', false],
  ['YAML parse error on a/templates/b.yaml: error converting YAML to JSON: yaml: line 4', false],
])('%j names the value: %p', (error, expected) => expect(namesTheValue(error)).toBe(expected));

test('any place of the values can be replaced', () => {
  const values = { a: 1, b: { c: [2] } };
  expect([0, 1, 2, 3].map((at) => replaced(values, at, null))).toEqual([
    { a: null, b: { c: [2] } },
    { a: 1, b: null },
    { a: 1, b: { c: null } },
    { a: 1, b: { c: [null] } },
  ]);
  expect(replaced({}, 5, 1)).toEqual({ typo: 1 });
});
