import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { ControlPlane, ProgramResolver } from '@rackwright/testbed';

const config = fileURLToPath(new URL('../../../../config/pmem', import.meta.url));
let plane: ControlPlane;

beforeAll(async () => {
  const clock = systemClock;
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
}, 120_000);

afterAll(() => plane?.[Symbol.asyncDispose]());

test('config/pmem installs the operator without Helm, and its samples are accepted as they are', async () => {
  const installed = await plane.kubectl('apply', '--server-side', '-k', config);
  expect(installed).toMatchObject({ code: 0, stderr: '' });
  await plane.untilCrdsServed();
  const { stdout } = await plane.kubectl('get', 'deployments', '--namespace', 'pmem-csi', '--output', 'name');
  expect(stdout).toBe('deployment.apps/pmem-csi-operator\n');
  const samples = await plane.kubectl('apply', '-k', `${config}/samples`);
  expect(samples).toMatchObject({ code: 0, stderr: '' });
  expect(samples.stdout.trim().split('\n').sort()).toEqual([
    'pmemcsideployment.pmem-csi.intel.com/pmem-csi.intel.com created',
    ...[
      ...['pmem-csi-sc', 'pmem-csi-sc-ext4', 'pmem-csi-sc-ext4-fileio', 'pmem-csi-sc-ext4-kata'],
      ...['pmem-csi-sc-late-binding'],
      ...['pmem-csi-sc-xfs', 'pmem-csi-sc-xfs-fileio', 'pmem-csi-sc-xfs-kata'],
    ].map((name) => `storageclass.storage.k8s.io/${name} created`),
  ]);
  const older = await plane.kubectl('apply', '-f', `${config}/samples/deployment.yaml`);
  expect(older).toMatchObject({
    code: 0,
    stderr: '',
    stdout: 'deployment.pmem-csi.intel.com/pmem-deployment created\n',
  });
});
