import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { structuralSchema } from '../crd/structural.ts';
import { described, int32, int64 } from './fields.ts';
import { withRules } from './rule.ts';

const even = withRules(described(int32(0), 'An even number.'), [
  { cel: 'self % 2 == 0', message: 'spec.n must be even', holds: (n) => n % 2 === 0 },
]);

test('a rule reaches the API server and our own parser', () => {
  expect(structuralSchema(even)).toEqual({
    description: 'An even number.',
    type: 'integer',
    format: 'int32',
    minimum: 0,
    maximum: 2 ** 31 - 1,
    'x-kubernetes-validations': [{ rule: 'self % 2 == 0', message: 'spec.n must be even' }],
  });
  expect(even.safeParse(3).error?.issues[0]?.message).toBe('spec.n must be even');
});

test('a structural schema says nothing it need not', () => {
  const schema = z.object({
    count: int64(0).optional(),
    block: z.object({ on: z.boolean().default(true) }).prefault({}),
    either: z
      .union([z.int().min(3), z.string().min(2)])
      .default('10%')
      .meta({ 'x-kubernetes-int-or-string': true }),
    names: z.record(z.string(), z.string()),
  });
  expect(structuralSchema(schema)).toEqual({
    type: 'object',
    required: ['names'],
    properties: {
      count: { type: 'integer', format: 'int64', minimum: 0 },
      block: { type: 'object', default: {}, properties: { on: { type: 'boolean', default: true } } },
      either: {
        default: '10%',
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        'x-kubernetes-int-or-string': true,
      },
      names: { type: 'object', additionalProperties: { type: 'string' } },
    },
  });
});
