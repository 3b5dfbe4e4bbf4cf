import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { unableToSign } from './sign.ts';

const system = new SystemProcessRunner(systemClock);

test('without a key nothing is signed, and why is said', async () => {
  expect(await unableToSign({}, system)).toBe('COSIGN_KEY is not set');
});

test('without cosign nothing is signed, and why is said', async () => {
  const nowhere = { run: () => Promise.reject(new Error('not here')) };
  expect(await unableToSign({ COSIGN_KEY: 'cosign.key' }, nowhere)).toBe('cosign is not in PATH');
});
