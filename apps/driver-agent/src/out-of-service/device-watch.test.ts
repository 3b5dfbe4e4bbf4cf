import { expect, test } from '@jest/globals';
import type { CxiDeviceObject } from '@rackwright/api';
import { Latest, Lifetime, ManualClock, silentLogger } from '@rackwright/core';
import { type KubeClient, KubeError, type WatchEvent } from '@rackwright/kube';
import { DeviceWatch } from './device-watch.ts';

let version = 0;
function object(device: string, unschedulable?: boolean): CxiDeviceObject {
  version += 1;
  const labels = { 'slingshot.hpe.com/device': device, 'slingshot.hpe.com/node': 'n1' };
  return {
    metadata: { name: `n1-${device}`, uid: device, labels, resourceVersion: String(version) },
    ...(unschedulable === undefined ? {} : { spec: { unschedulable } }),
  };
}

/** An API server with one kind, whose changes the test makes. */
class Changes {
  readonly events = new Latest<readonly WatchEvent[]>([]);
  readonly asked: unknown[] = [];
  refusal: KubeError | undefined;
  readonly #items: readonly CxiDeviceObject[];

  constructor(...items: readonly CxiDeviceObject[]) {
    this.#items = items;
  }

  change(object: CxiDeviceObject, type: WatchEvent['type'] = 'MODIFIED'): void {
    this.events.set([...this.events.value, { type, object }]);
  }

  get client(): Pick<KubeClient, 'list' | 'watch'> {
    const list = async (_type: unknown, options: { labelSelector?: string }): Promise<never> => {
      this.asked.push(options.labelSelector);
      if (this.refusal !== undefined) throw this.refusal;
      return { items: this.#items, resourceVersion: '1' } as never;
    };
    const { events } = this;
    async function* watch(_type: unknown, { signal }: { signal: AbortSignal }): AsyncGenerator<never> {
      for (let seen = 0; ; seen += 1) {
        await events.until(({ length }) => length > seen, signal);
        yield events.value[seen] as never;
      }
    }
    return { list, watch } as never;
  }
}

test('what people want of the node’s NICs is told at once, and again with each change', async () => {
  await using lifetime = new Lifetime();
  const server = new Changes(object('cxi0'), object('cxi1', true));
  const told = new Latest<readonly string[] | undefined>(undefined);
  const changed = (names: readonly string[]): void => void told.set(names);
  const parts = { client: server.client, node: 'n1', clock: new ManualClock(), logger: silentLogger };
  lifetime.spawn('watch', (signal) => new DeviceWatch({ ...parts, changed }).start(signal));
  await told.until((names) => names?.join() === 'cxi1');
  server.change(object('cxi0', true));
  await told.until((names) => names?.join() === 'cxi0,cxi1');
  server.change(object('cxi1', false));
  await told.until((names) => names?.join() === 'cxi0');
  server.change(object('cxi0', true), 'DELETED');
  await told.until((names) => names?.length === 0);
  expect(server.asked).toEqual(['slingshot.hpe.com/node=n1']);
});

test('nothing is told while the API server cannot say, or does not know CXIDevices', async () => {
  for (const [status, reason] of [
    [503, 'ServiceUnavailable'],
    [404, 'NotServed'],
  ] as const) {
    await using lifetime = new Lifetime();
    const clock = new ManualClock();
    const server = new Changes(object('cxi0'));
    const code = status === 404 ? 'NotFound' : 'Unavailable';
    server.refusal = new KubeError(code, 'no', { status, reason });
    const told: string[] = [];
    const changed = (names: readonly string[]): void => void told.push(names.join());
    const parts = { client: server.client, node: 'n1', clock, logger: silentLogger };
    lifetime.spawn('watch', (signal) => new DeviceWatch({ ...parts, changed }).start(signal));
    while (server.asked.length < 3) await clock.advance(1000);
    expect(told).toEqual([]);
    server.refusal = undefined;
    while (told.length === 0) await clock.advance(1000);
    expect(told.at(-1)).toBe('');
  }
});
