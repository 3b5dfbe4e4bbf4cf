import { expect, test } from '@jest/globals';
import type { AIStoreAuthProfile } from '@rackwright/api';
import { sampleCluster } from '../testing/sample.ts';
import { loginMethod } from './login-method.ts';

const profile = {
  metadata: { name: 'robots' },
  spec: { serviceURL: 'https://idp', tokenExchange: { endpoint: '/token', subjectTokenAudience: 'idp' } },
} as AIStoreAuthProfile;

const methodOf = (auth: object | undefined, more: object = {}) =>
  loginMethod(sampleCluster({ ...(auth && { auth }), ...more }).spec, 'ais', (name) =>
    name === 'robots' ? profile : undefined,
  );

test('a cluster without auth is asked without a token', () => {
  expect(methodOf(undefined)).toBeUndefined();
});

test('a profile wins over what the AIStore itself says, and its token is for whom the cluster wants', () => {
  const auth = { profileRef: { name: 'robots' }, usernamePassword: { secretName: 'login' } };
  const claims = { configToUpdate: { auth: { required_claims: { aud: ['ais'] } } } };
  expect(methodOf(auth, claims)).toEqual({
    ...{ saidBy: 'AIStoreAuthProfile robots', serviceUrl: 'https://idp', skipVerify: false },
    proof: { kind: 'account', endpoint: '/token', audiences: ['ais'], subjectAudience: 'idp' },
  });
});

test('a profile that does not exist is told of by name', () => {
  expect(methodOf({ profileRef: { name: 'none' } })).toEqual({
    problem: 'there is no AIStoreAuthProfile none',
  });
});

test('a password of the AIStore itself is for AuthN where nothing else is said', () => {
  expect(methodOf({ usernamePassword: { secretName: 'login' } })).toEqual({
    ...{ saidBy: 'spec.auth', serviceUrl: 'https://ais-authn.ais:52001', skipVerify: false },
    proof: {
      kind: 'password',
      secret: { namespace: 'ais', name: 'login', userKey: 'SU-NAME', passKey: 'SU-PASS' },
    },
  });
});

test('an AIStore has no token of the operator sent where it says, and no file of the operator read', () => {
  expect(methodOf({ tokenExchange: { tokenPath: '/token' } })).toHaveProperty('problem');
  const auth = { usernamePassword: { secretName: 'login' }, tls: { caCertPath: '/ca.crt' } };
  expect(methodOf(auth)).toHaveProperty('problem');
});
