import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tokenAccount } from './token.ts';

function token(payload: unknown): string {
  return `header.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.signature`;
}

const serviceaccount = { name: 'operator', uid: 'uid-1' };

test("a pod's token says the account and the pod", () => {
  const pod = { name: 'operator-x', uid: 'uid-2' };
  const claims = { namespace: 'other', serviceaccount, pod, node: { name: 'n', uid: 'uid-3' } };
  expect(
    tokenAccount(token({ sub: 'system:serviceaccount:other:operator', 'kubernetes.io': claims })),
  ).toEqual({
    account: { namespace: 'other', name: 'operator', uid: 'uid-1' },
    pod,
  });
});

test('a token made by hand says the account', () => {
  expect(tokenAccount(token({ 'kubernetes.io': { namespace: 'other', serviceaccount } }))).toEqual({
    account: { namespace: 'other', name: 'operator', uid: 'uid-1' },
  });
});

test.each([
  ['no token', undefined],
  ['the token of a person', token({ sub: 'jane' })],
  ['a token without a uid', token({ 'kubernetes.io': { namespace: 'a', serviceaccount: { name: 'b' } } })],
  ['something opaque', 'abcdef'],
])('%s says no account', (_, text) => expect(tokenAccount(text)).toBeUndefined());

test('no token breaks the reader', () => {
  fc.assert(
    fc.property(fc.string(), fc.json(), (text, json) => {
      tokenAccount(text);
      tokenAccount(token(JSON.parse(json)));
    }),
  );
});
