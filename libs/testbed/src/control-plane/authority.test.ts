import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { ManualClock, systemClock } from '@rackwright/core';
import { Authority, signingKeys } from './authority.ts';

test('a user certificate carries name and groups, and its key belongs to it', async () => {
  const authority = await Authority.create(systemClock);
  const { cert, key } = await authority.issue({
    commonName: 'system:node:n1',
    organizations: ['system:nodes', 'another, odd "group"'],
  });
  const certificate = new X509Certificate(cert);
  expect(certificate.subject).toBe(
    // Node escapes what it prints.
    'O=system:nodes\nO=another\\, odd \\"group\\"\nCN=system:node:n1',
  );
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.verify(new X509Certificate(authority.cert).publicKey)).toBe(true);
  expect(certificate.ca).toBe(false);
});

test('a server certificate answers at its names and addresses only', async () => {
  const authority = await Authority.create(systemClock);
  const { cert } = await authority.issue({
    commonName: 'api',
    hosts: ['kubernetes.default.svc', '127.0.0.1'],
  });
  const certificate = new X509Certificate(cert);
  expect(certificate.checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkHost('example.org')).toBeUndefined();
});

test('certificates are already valid on a machine whose clock is a little behind', async () => {
  const clock = new ManualClock();
  const authority = await Authority.create(clock);
  const certificate = new X509Certificate((await authority.issue({ commonName: 'a' })).cert);
  expect(certificate.validFromDate.getTime()).toBeLessThan(clock.now());
  expect(certificate.validToDate.getTime()).toBeGreaterThan(clock.now() + 300 * 86_400_000);
});

test('the token key pair signs and verifies', () => {
  const keys = signingKeys();
  const signature = sign('sha256', Buffer.from('token'), createPrivateKey(keys.privateKey));
  expect(verify('sha256', Buffer.from('token'), createPublicKey(keys.publicKey), signature)).toBe(true);
});
