import { expect, test } from '@jest/globals';
import type { CxiDriver, cxiDrivers } from '@rackwright/api';
import { ManualClock } from '@rackwright/core';
import { type KubeClient, KubeError } from '@rackwright/kube';
import { storedDriver } from '../testing/fixtures.ts';
import { removeDriver } from './remove.ts';

const signal = new AbortController().signal;

function notFound(): KubeError {
  return new KubeError('NotFound', 'not found', { status: 404, reason: 'NotFound' });
}

/** An API server where the driver is gone after so many looks. */
function server(looksUntilGone: number) {
  let looks = 0;
  const deleted: string[] = [];
  const ready = {
    type: 'Ready',
    status: 'False',
    reason: 'Deleting',
    message: 'waiting for cxi-retry-handler to end',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  } as const;
  const driver: CxiDriver = { ...storedDriver(), status: { conditions: [ready] } };
  const client = {
    delete: async (type: typeof cxiDrivers, { name }: { name: string }) => {
      deleted.push(`${type.plural} ${name}`);
    },
    get: async () => {
      looks += 1;
      if (looks > looksUntilGone) throw notFound();
      return driver;
    },
  } as unknown as Pick<KubeClient, 'get' | 'delete'>;
  return { client, deleted };
}

test('the driver is deleted and waited for until it is gone', async () => {
  const clock = new ManualClock();
  const { client, deleted } = server(3);
  const done = removeDriver(client, 'cxi', { clock, timeoutMs: 60_000, signal });
  await clock.advance(5000);
  await done;
  expect(deleted).toEqual(['cxidrivers cxi']);
});

test('when it stays too long the error says what it waits for', async () => {
  const clock = new ManualClock();
  const { client } = server(Number.POSITIVE_INFINITY);
  const done = removeDriver(client, 'cxi', { clock, timeoutMs: 2000, signal });
  const refused = expect(done).rejects.toMatchObject({
    code: 'DeadlineExceeded',
    message: expect.stringContaining('waiting for cxi-retry-handler to end'),
  });
  await clock.advance(2000);
  await refused;
});
