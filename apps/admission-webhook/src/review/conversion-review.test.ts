import { expect, test } from '@jest/globals';
import { silentLogger } from '@rackwright/core';
import { Registry } from '@rackwright/service';
import fc from 'fast-check';
import { boxConversion } from '../testing/boxes.ts';
import { type ConversionContext, convertReview } from './conversion-review.ts';
import { ReviewMetrics } from './metrics.ts';

const kinds = [boxConversion];
const [alpha, beta] = ['boxes.example.com/v1alpha1', 'boxes.example.com/v1beta1'];

function contextOf(registry = new Registry()): ConversionContext {
  const metrics = new ReviewMetrics(registry, { admissions: [], conversions: kinds });
  return { kinds, metrics, logger: silentLogger };
}

const context = contextOf();
const review = (objects: unknown, desiredAPIVersion: unknown = beta): unknown => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'ConversionReview',
  request: { uid: 'u1', desiredAPIVersion, objects },
});
const box = (name: string, size: string): object => ({
  ...{ apiVersion: alpha, kind: 'Box' },
  ...{ metadata: { namespace: 'a', name }, spec: { size } },
});

test('every object comes back in the version that was asked for', () => {
  expect(convertReview(review([box('a', '1B'), box('b', '2B')]), context).body).toMatchObject({
    response: {
      uid: 'u1',
      result: { status: 'Success' },
      convertedObjects: [
        { apiVersion: beta, spec: { bytes: 1 } },
        { apiVersion: beta, spec: { bytes: 2 } },
      ],
    },
  });
});

test.each([
  [[box('a', '1B'), box('b', 'huge')], beta, `Box a/b: ${alpha} to ${beta}: spec.size must be a number`],
  [[box('a', '1B')], 'boxes.example.com/v9', 'Box a/a: '],
  [[{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }], 'v1', 'Pod p of v1 is not converted here'],
  [[{ apiVersion: 'other.io/v1', kind: 'Box' }], beta, 'Box  of other.io/v1 is not converted here'],
])(
  'of objects one of which cannot be converted none comes back, but its name and the reason: %#',
  (objects, to, message) => {
    const { body } = convertReview(review(objects, to), context);
    expect(body).toMatchObject({
      response: { uid: 'u1', result: { status: 'Failure', message: expect.stringContaining(message) } },
    });
    expect(body).not.toHaveProperty('response.convertedObjects');
  },
);

test('anything else is answered with what was expected', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const body of [
        value,
        { kind: 'ConversionReview', request: value },
        review(value, value),
        review([value]),
        review([{ ...box('a', '1B'), metadata: value }]),
        review([{ ...box('a', '1B'), spec: value }]),
      ])
        expect(convertReview(body, context)).toHaveProperty('body');
    }),
  );
  expect(convertReview({}, context)).toMatchObject({ status: 400 });
});

test('objects are counted by CRD and result', async () => {
  const registry = new Registry();
  const counting = contextOf(registry);
  convertReview(review([box('a', '1B'), box('b', '2B')]), counting);
  convertReview(review([box('a', 'huge')]), counting);
  const text = await registry.metrics();
  const crd = 'crd="boxes.boxes.example.com"';
  expect(text).toContain(`admission_webhook_conversions_total{${crd},result="converted"} 2`);
  expect(text).toContain(`admission_webhook_conversions_total{${crd},result="failed"} 1`);
});
