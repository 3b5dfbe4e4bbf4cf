import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { ProgramResolver } from '../programs/resolver.ts';
import { ControlPlane } from './control-plane.ts';

let plane: ControlPlane;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock: systemClock });
}, 90_000);

afterAll(() => plane[Symbol.asyncDispose]());

test('kubectl speaks to the API server as administrator', async () => {
  const outcome = await plane.kubectl('get', 'namespace', 'default', '--output=name');
  expect(outcome).toMatchObject({ code: 0, stdout: 'namespace/default\n' });
});
