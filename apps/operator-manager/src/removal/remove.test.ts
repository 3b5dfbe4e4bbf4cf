import { expect, test } from '@jest/globals';
import { type Logger, ManualClock, silentLogger } from '@rackwright/core';
import { type KubeClient, KubeError, type ResourceType } from '@rackwright/kube';
import { removedDrivers } from '../cxidriver/removal/removed-drivers.ts';
import { storedDriver, testSettings } from '../testing/fixtures.ts';
import type { RemovalRequest } from './next-step.ts';
import { Removal } from './remove.ts';
import type { RemovedObject } from './removed-kind.ts';

const { namespace } = testSettings;
const deletionTimestamp = '2026-01-01T01:00:00Z';
const status = {
  conditions: [
    {
      ...{ type: 'Ready', status: 'False' as const, reason: 'Deleting' },
      message: 'waiting for cxi-retry-handler to end',
      lastTransitionTime: deletionTimestamp,
    },
  ],
};

/** An API server with one CXIDriver, and perhaps an operator that renews its lease. */
class Server {
  readonly clock = new ManualClock();
  readonly calls: string[] = [];
  readonly told: string[] = [];
  driver: RemovedObject | undefined = storedDriver();
  operatorWorks = true;
  /** Answers every request instead. */
  failure: KubeError | undefined;

  removal(more: Partial<RemovalRequest> = {}, timeoutMs = 60_000): Pick<Removal<never, never>, 'run'> {
    const logger: Logger = { ...silentLogger, info: (message) => void this.told.push(message) };
    const request: RemovalRequest = { named: ['cxi'], others: 'ignore', finish: false, namespace, ...more };
    const { signal } = new AbortController();
    const options = { client: this.#client(), clock: this.clock, logger, timeoutMs, signal };
    return new Removal(removedDrivers, request, options);
  }

  /** Lets time pass until `removal` ends; returns what it failed with. */
  async end(removal: Pick<Removal<never, never>, 'run'>): Promise<unknown> {
    let outcome: { error: unknown } | undefined;
    const running = removal.run().then(
      () => {
        outcome = { error: undefined };
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    for (let i = 0; i < 1000 && outcome === undefined; i++) await this.clock.advance(500);
    await running;
    return outcome?.error;
  }

  #client(): KubeClient {
    const answer = async <T>(call: string, result: () => T): Promise<T> => {
      if (this.failure !== undefined) throw this.failure;
      this.calls.push(call);
      return result();
    };
    return {
      get: ({ plural }: ResourceType) =>
        answer(`get ${plural}`, () => {
          if (plural === 'leases') return { spec: this.#lease() };
          throw new KubeError('NotFound', 'not found', { status: 404, reason: 'NotFound' });
        }),
      list: ({ plural }: ResourceType) =>
        answer(`list ${plural}`, () => ({
          items: plural === 'cxidrivers' && this.driver !== undefined ? [this.driver] : [],
        })),
      delete: ({ plural }: ResourceType) =>
        answer(`delete ${plural}`, () => {
          this.driver = { ...storedDriver({}, { deletionTimestamp }), status };
        }),
      patch: ({ plural }: ResourceType) =>
        answer(`patch ${plural}`, () => {
          this.driver = undefined;
        }),
    } as unknown as KubeClient;
  }

  #lease() {
    const renewTime = new Date(this.clock.now()).toISOString();
    return this.operatorWorks
      ? { holderIdentity: 'operator-0_x', leaseDurationSeconds: 15, renewTime }
      : { holderIdentity: '', leaseDurationSeconds: 1, renewTime };
  }

  writes(): string[] {
    return this.calls.filter((call) => !/^(get|list) /.test(call));
  }
}

test('while an operator works the driver is deleted and waited for', async () => {
  const server = new Server();
  const removal = server.removal();
  void server.clock.sleep(10_000).then(() => {
    server.driver = undefined;
  });
  expect(await server.end(removal)).toBeUndefined();
  expect(server.writes()).toEqual(['delete cxidrivers']);
});

test('when it stays too long the error says what the status says, and what to do', async () => {
  const server = new Server();
  expect(await server.end(server.removal({}, 15_000))).toMatchObject({
    code: 'DeadlineExceeded',
    message: expect.stringContaining('Deleting: waiting for cxi-retry-handler to end; operator operator-0'),
    remedy: expect.stringContaining('scale it to 0 and run this again'),
  });
});

test('without an operator the finalizer goes at once', async () => {
  const server = new Server();
  server.operatorWorks = false;
  expect(await server.end(server.removal({}, 2000))).toBeUndefined();
  expect(server.writes()).toEqual(['delete cxidrivers', 'patch cxidrivers']);
  expect(server.told).toContainEqual(expect.stringContaining('no operator works, so this program'));
});

test('an operator that goes in the middle is replaced', async () => {
  const server = new Server();
  void server.clock.sleep(50_000).then(() => {
    server.operatorWorks = false;
  });
  expect(await server.end(server.removal())).toBeUndefined();
  expect(server.writes()).toEqual(['delete cxidrivers', 'patch cxidrivers']);
});

test('an API server that is away for a while ends nothing', async () => {
  const server = new Server();
  server.operatorWorks = false;
  server.failure = new KubeError('Unavailable', 'connection refused', { status: 0, reason: 'Unreachable' });
  void server.clock.sleep(30_000).then(() => {
    server.failure = undefined;
  });
  expect(await server.end(server.removal())).toBeUndefined();
});

test('what the API server forbids ends it at once', async () => {
  const server = new Server();
  server.failure = new KubeError('Forbidden', 'cannot list', { status: 403, reason: 'Forbidden' });
  expect(await server.end(server.removal())).toMatchObject({ code: 'Forbidden' });
  expect(server.calls).toEqual([]);
});

test('a driver that is not named is refused in words, and nothing is written', async () => {
  const server = new Server();
  expect(await server.end(server.removal({ named: ['other'], others: 'refuse' }))).toMatchObject({
    code: 'FailedPrecondition',
    message: expect.stringContaining('CXIDriver cxi does not belong to'),
    remedy: expect.stringContaining('kubectl delete cxidriver cxi'),
  });
  expect(server.writes()).toEqual([]);
});
