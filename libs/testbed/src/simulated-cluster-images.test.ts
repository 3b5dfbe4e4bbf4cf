import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { type TemporaryFolder, temporaryFolder } from './process/temporary-folder.ts';
import { appImages, appNames, appNodeFlags, checkBuilt } from './simulated-cluster-images.ts';

let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder('rwimages-');
  for (const app of ['driver-agent', 'operator-manager']) {
    await mkdir(join(folder.path, app));
    await writeFile(join(folder.path, app, 'main.js'), '');
  }
});

afterAll(() => folder[Symbol.asyncDispose]());

test.each([
  'driver-agent',
  'ghcr.io/rackwright/driver-agent:0.1.0',
  'localhost:5000/x/driver-agent@sha256:00',
])('%s runs the bundle of that name as its Dockerfile says', (reference) => {
  expect(appImages(folder.path)(reference)).toEqual({
    entrypoint: [
      '/usr/bin/node',
      '--max-semi-space-size=1',
      '--max-old-space-size=64',
      '--optimize-for-size',
      '--lite-mode',
      '/app/main.js',
    ],
    user: '65532:65532',
    env: { NODE_ENV: 'production', MALLOC_ARENA_MAX: '1', PATH: expect.stringContaining('/bin') },
    files: { '/app': join(folder.path, 'driver-agent'), '/usr/bin/node': process.execPath },
  });
});

test.each(appNames)('%s gets flags Node knows', async (app) => {
  const node = new SystemProcessRunner(systemClock);
  const flags = [...appNodeFlags(app), '--eval', 'process.exit(7)'];
  expect(await node.run([process.execPath, ...flags])).toMatchObject({ code: 7, stderr: '' });
});

test('the manager image of older charts is our operator', () => {
  const image = appImages(folder.path)('ghcr.io/sielicki/slingshot-operator/manager:1');
  expect(image?.files?.['/app']).toBe(join(folder.path, 'operator-manager'));
});

test('an app that is not built and an image that is none of ours cannot be had', () => {
  expect(appImages(folder.path)('retry-handler')).toBeUndefined();
  expect(appImages(folder.path)('nginx')).toBeUndefined();
});

test('a missing bundle is named, with the way to make it', () => {
  expect(() => checkBuilt(folder.path, ['driver-agent'])).not.toThrow();
  expect(() => checkBuilt(folder.path, ['driver-agent', 'retry-handler', 'x'])).toThrow(
    expect.objectContaining({
      code: 'FailedPrecondition',
      message: expect.stringContaining('not built: retry-handler, x'),
      remedy: 'run npm run build',
    }),
  );
});
