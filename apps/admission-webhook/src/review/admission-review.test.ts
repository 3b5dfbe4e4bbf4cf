import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readReview, writeReview } from './admission-review.ts';

const request = {
  uid: 'u1',
  operation: 'UPDATE',
  resource: { group: 'cxi.hpe.com', version: 'v1', resource: 'cxidrivers' },
  name: 'cxi',
  object: { metadata: { name: 'cxi' } },
  oldObject: { metadata: { name: 'cxi' } },
  dryRun: true,
};
const review = (changes: object = {}, envelope: object = {}): unknown => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: { ...request, ...changes },
  ...envelope,
});

describe('an admission review', () => {
  test('is read', () => {
    expect(readReview(review())).toMatchObject({
      ok: true,
      value: {
        uid: 'u1',
        resource: { group: 'cxi.hpe.com', version: 'v1', plural: 'cxidrivers' },
        subject: { operation: 'UPDATE', name: 'cxi', object: request.object, before: request.oldObject },
        dryRun: true,
      },
    });
  });

  test('of a deletion has only the object as it was', () => {
    const read = readReview(review({ operation: 'DELETE', object: null }));
    expect(read).toMatchObject({ ok: true, value: { subject: { object: undefined } } });
  });

  test.each<[string, unknown, string]>([
    ['is no object', [], 'body'],
    ['is null', null, 'body'],
    ['is a text', 'AdmissionReview', 'body'],
    ['is of another kind', review({}, { kind: 'ConversionReview' }), 'kind'],
    ['is of a version before', review({}, { apiVersion: 'admission.k8s.io/v1beta1' }), 'apiVersion'],
    ['is of no version', review({}, { apiVersion: undefined }), 'apiVersion'],
    ['asks nothing', review({}, { request: null }), 'request'],
    ['has no uid', review({ uid: '' }), 'request.uid'],
    ['has an endless uid', review({ uid: 'u'.repeat(257) }), 'request.uid'],
    ['is about a connection', review({ operation: 'CONNECT' }), 'request.operation'],
    ['is about no resource', review({ resource: { group: 1 } }), 'request.resource'],
    ['lacks the object', review({ object: undefined }), 'request.object'],
    ['has a list for an object', review({ object: [] }), 'request.object'],
    ['has no metadata in its object', review({ object: { metadata: 'x' } }), 'request.object'],
    ['lacks the object as it was', review({ oldObject: null }), 'request.oldObject'],
  ])('that %s is answered with the field that is wrong', (_, body, field) => {
    expect(readReview(body)).toMatchObject({ ok: false, error: { code: 'InvalidArgument', field } });
  });

  test('of anything is read or answered, and never throws', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc
        .jsonValue()
        .map((value) => ({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: value })),
      fc.record({ uid: fc.jsonValue(), operation: fc.jsonValue(), object: fc.jsonValue() }).map(review),
    );
    fc.assert(
      fc.property(anything, (body) => {
        const read = readReview(body);
        if (!read.ok) expect(read.error.field).toBeDefined();
      }),
    );
  });
});

test('an answer carries the uid of its question, and a patch in base64', () => {
  const patch = [{ op: 'add', path: '/spec/x', value: 'ü' }];
  expect(writeReview('u1', { allowed: true, patch })).toEqual({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: 'u1',
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    },
  });
  expect(writeReview('u1', { allowed: true, patch: [] })).not.toHaveProperty('response.patch');
});
