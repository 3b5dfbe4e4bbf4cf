import { expect, test } from '@jest/globals';
import { customResourceDefinition, definitions } from '@rackwright/api/generate';
import { specSchema } from './spec-schema.ts';
import { valuesSchema } from './values-schema.ts';

const specs = Object.fromEntries(
  definitions.map((definition) => [
    definition.resource.kind,
    specSchema(customResourceDefinition(definition)),
  ]),
);

test('what the API server fills in is not asked of the values, and no word is for Kubernetes alone', () => {
  const text = JSON.stringify(specs);
  expect(text).not.toMatch(/x-kubernetes|"default":|"description":/);
  expect(specs.CXIDriver).toMatchObject({
    type: 'object',
    required: ['version'],
    additionalProperties: false,
  });
});

test('a value that is the spec of an object has the schema of its kind', () => {
  const schema = valuesSchema('driver:\n  # Its spec.\n  # @spec CXIDriver\n  spec: {}\n', { specs });
  expect(schema.properties).toMatchObject({
    driver: { properties: { spec: { ...specs.CXIDriver, description: 'Its spec.' } } },
  });
  expect(() => valuesSchema('# @spec Nothing\nspec: {}\n', { specs })).toThrow('there is no kind Nothing');
});

test('Off may stand without quotes, which is false to Helm, and true is no choice', () => {
  const mode = { type: ['string', 'boolean'], enum: ['Off', 'DryRun', 'Auto', false] };
  expect(specs.AidaptivCache).toMatchObject({ properties: { recovery: { properties: { mode } } } });
});
