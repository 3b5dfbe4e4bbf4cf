import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { ProgramResolver } from '@rackwright/testbed';
import { TestDriver } from './testing/driver.ts';

test('Kubernetes’ csi-sanity finds nothing wrong with a driver on folders', async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  const sanity = await programs.resolve('csi-sanity');
  await using driver = await TestDriver.start();
  const { folder } = driver;
  await mkdir(join(folder, 'sanity'));
  const { code, stdout } = await new SystemProcessRunner(systemClock).run(
    [
      ...([sanity, `--csi.endpoint=${driver.context.config.endpoint}`, '--ginkgo.no-color'] as const),
      ...[
        `--csi.mountdir=${join(folder, 'sanity/mount')}`,
        `--csi.stagingdir=${join(folder, 'sanity/stage')}`,
      ],
    ],
    { deadlineMs: 300_000, maxOutputBytes: 16 * 2 ** 20 },
  );
  expect({ code, said: code === 0 ? '' : stdout }).toEqual({ code: 0, said: '' });
  const passed = Number(/(\d+) Passed/.exec(stdout)?.[1]);
  expect(passed).toBeGreaterThanOrEqual(49);
}, 600_000);
