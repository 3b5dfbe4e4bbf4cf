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
nodeSelector: {}
tolerations: []
port: 9090
on: true
child:
  any: 1
`,
    ['child'],
  );
  expect(schema).toEqual({
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    additionalProperties: false,
    properties: {
      global: { type: 'object' },
      enabled: { type: 'boolean' },
      interval: { type: 'string', description: 'How often.', pattern: '^[0-9]+s$' },
      mode: { type: 'string' },
      image: {
        type: 'object',
        additionalProperties: false,
        properties: { tag: { type: 'string', description: "Empty: the app's version." } },
      },
      nodeSelector: { type: 'object' },
      tolerations: { type: 'array' },
      port: { type: 'integer' },
      on: { type: 'boolean' },
      child: { type: 'object' },
    },
  });
});
