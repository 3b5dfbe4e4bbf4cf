import { expect, test } from '@jest/globals';
import { valuesSchema } from './values-schema.ts';

test('types come from the defaults, texts and limits from the comments', () => {
  const schema = valuesSchema(
    `# About the chart.

# How often.
# @schema {"pattern":"^[0-9]+s$"}
interval: 30s
mode: shared # aside
image:
  # Empty: the app's version.
  tag: ""
list: []
map: {}
port: 9090
on: true
# With a later release.
# @optional
later:
  on: true
child:
  any: 1
`,
    { subcharts: ['child'] },
  );
  expect(schema).toEqual({
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    additionalProperties: false,
    required: ['interval', 'mode', 'port', 'on'],
    properties: {
      global: { type: 'object' },
      enabled: { type: 'boolean' },
      common: { type: 'object' },
      interval: { type: 'string', description: 'How often.', pattern: '^[0-9]+s$' },
      mode: { type: 'string' },
      image: {
        type: 'object',
        additionalProperties: false,
        properties: { tag: { type: 'string', description: "Empty: the app's version." } },
      },
      list: { type: 'array' },
      map: { type: 'object' },
      port: { type: 'integer' },
      on: { type: 'boolean' },
      later: {
        description: 'With a later release.',
        type: 'object',
        additionalProperties: false,
        required: ['on'],
        properties: { on: { type: 'boolean' } },
      },
      child: { type: 'object' },
    },
  });
});

test('what is global is typed in every chart and open for the values of others', () => {
  const globals = 'global:\n  host:\n    root: /\n';
  const { properties } = valuesSchema('a: 1\n', { globals });
  expect(properties).toMatchObject({
    global: {
      type: 'object',
      properties: { host: { type: 'object', properties: { root: { type: 'string' } } } },
    },
  });
  expect(JSON.stringify((properties as { global: object }).global)).not.toMatch(/additional|required/);
});

test('a field of Kubernetes has the type Kubernetes gives it, and the definitions it needs', () => {
  const schema = valuesSchema('# A taint is no obstacle.\ntolerations: []\nnodeSelector: {}\n');
  expect(schema.properties).toMatchObject({
    tolerations: {
      type: 'array',
      items: { $ref: '#/definitions/toleration' },
      description: 'A taint is no obstacle.',
    },
    nodeSelector: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } },
  });
  expect(Object.keys(schema.definitions as object)).toEqual(['toleration']);
  const { definitions } = valuesSchema('affinity: {}\n');
  expect(Object.keys(definitions as object)).toEqual([
    'affinity',
    'labelSelector',
    'nodeSelectorTerm',
    'podAffinityTerm',
  ]);
});
