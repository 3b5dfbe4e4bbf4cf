import { expect, test } from '@jest/globals';
import type { AdmissionConversion } from '@rackwright/api';
import fc from 'fast-check';
import { convertReview } from './conversion-review.ts';

const conversion: AdmissionConversion = {
  path: '/convert',
  convert: (object, apiVersion) => {
    if (object.kind !== 'Made') throw new Error(`${object.kind} is not converted`);
    return { ...object, apiVersion };
  },
};
const review = (objects: unknown, desiredAPIVersion: unknown = 'example.com/v2'): unknown => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'ConversionReview',
  request: { uid: 'u1', desiredAPIVersion, objects },
});

test('every object comes back in the version that was asked for', () => {
  const made = { apiVersion: 'example.com/v1', kind: 'Made', metadata: { name: 'a' } };
  expect(convertReview(conversion, review([made, made])).body).toMatchObject({
    response: {
      uid: 'u1',
      result: { status: 'Success' },
      convertedObjects: [{ apiVersion: 'example.com/v2' }, { apiVersion: 'example.com/v2' }],
    },
  });
});

test('of objects one of which cannot be converted none comes back, but the reason', () => {
  const { body } = convertReview(conversion, review([{ kind: 'Made' }, { kind: 'Other' }]));
  expect(body).toMatchObject({
    response: { uid: 'u1', result: { status: 'Failure', message: 'Other is not converted' } },
  });
  expect(body).not.toHaveProperty('response.convertedObjects');
});

test('anything else is answered with what was expected', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const body of [value, { kind: 'ConversionReview', request: value }, review(value, value)])
        expect(convertReview(conversion, body)).toHaveProperty('body');
    }),
  );
  expect(convertReview(conversion, {})).toMatchObject({ status: 400 });
});
