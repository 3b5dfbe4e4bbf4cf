import { expect, test } from '@jest/globals';
import { Latest, ManualClock, silentLogger } from '@rackwright/core';
import type { EventNote, KubeObject, Regarding } from '@rackwright/kube';
import { whileActing } from '@rackwright/manager';
import { claimedDrivers } from '../cxidriver/claimed-drivers.ts';
import { Accounts } from './accounts.ts';
import { Exclusivity } from './exclusivity.ts';
import { formatClaim, type Installation } from './installation.ts';

const self: Installation = { namespace: 'other', name: 'second', uid: 'uid-2' };
const first: Installation = { namespace: 'slingshot-system', name: 'first', uid: 'uid-1' };
const message = 'installation slingshot-system/first looks after CXIDrivers; this one stands by';
const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'other', name: 'second-x', uid: 'uid-3' };

/** A cache that a test fills. */
class TestCache {
  readonly synced = new Latest(true);
  objects: KubeObject[] = [];
  #listener: () => void = () => undefined;
  list = () => this.objects;
  subscribe(listener: () => void): Disposable {
    this.#listener = listener;
    return { [Symbol.dispose]: () => undefined };
  }
  set(...objects: KubeObject[]): void {
    this.objects = objects;
    this.#listener();
  }
}

function claimed(by: Installation): KubeObject {
  return {
    metadata: { name: 'cxi', uid: 'uid-cxi', annotations: { 'rackwright.io/operator': formatClaim(by) } },
  };
}

/** An operator of the installation `second`, and what it is seen to do. */
async function start() {
  const clock = new ManualClock();
  const abort = new AbortController();
  const [drivers, daemonSets] = [new TestCache(), new TestCache()];
  const accounts: KubeObject[] = [{ metadata: first }];
  const events: (EventNote & { kind: string })[] = [];
  let looks = 0;
  const list = async () => {
    looks += 1;
    return { items: [...accounts], resourceVersion: '1' };
  };
  const exclusivity = new Exclusivity({
    ...{
      kind: claimedDrivers,
      self,
      objects: drivers,
      daemonSets,
      pod,
      clock,
      logger: silentLogger,
      claims: { held: new Set() },
    },
    accounts: new Accounts({ client: { list } as never, clock, logger: silentLogger }),
    events: { emit: ({ kind }: Regarding, note: EventNote) => void events.push({ kind, ...note }) },
  });
  const running = exclusivity.start(abort.signal);
  const stop = async (): Promise<void> => {
    abort.abort();
    await running;
  };
  await clock.advance(0);
  return { ...{ clock, drivers, daemonSets, accounts, events, exclusivity, stop }, looks: () => looks };
}

test('it may act, and asks for nothing, while nobody else has a claim', async () => {
  const { exclusivity, looks, stop } = await start();
  expect(exclusivity.activeState.value).toEqual({ acts: true, message: '' });
  expect(looks()).toBe(0);
  await stop();
});

test('it is not ready before it has read the CXIDrivers', () => {
  const options = { kind: claimedDrivers, self, clock: new ManualClock(), logger: silentLogger } as never;
  expect(new Exclusivity(options).activeState.value.acts).toBe(false);
});

test('standing by is told in events about its pod and the CXIDriver, and again every five minutes', async () => {
  const { clock, drivers, events, exclusivity, stop } = await start();
  drivers.set(claimed(first));
  await clock.advance(0);
  expect(exclusivity.activeState.value).toEqual({ acts: false, message });
  const told = ['Pod', 'CXIDriver'].map((kind) => ({ kind, type: 'Warning', reason: 'StandingBy', message }));
  expect(events).toEqual(told);
  await clock.advance(299_000);
  expect(events).toHaveLength(2);
  await clock.advance(31_000);
  expect(events).toEqual([...told, ...told]);
  await stop();
});

test('while it stands by it looks every five seconds whether the other is still there, however often a CXIDriver changes', async () => {
  const { clock, drivers, looks, stop } = await start();
  drivers.set(claimed(first));
  await clock.advance(0);
  for (let change = 0; change < 20; change++) {
    drivers.set(claimed(first));
    await clock.advance(200);
  }
  expect(looks()).toBe(1);
  await clock.advance(1000);
  expect(looks()).toBe(2);
  await stop();
});

test('it may act within half a minute after the other is gone', async () => {
  const { clock, drivers, accounts, exclusivity, stop } = await start();
  drivers.set(claimed(first));
  await clock.advance(1000);
  accounts.pop();
  await clock.advance(18_000);
  expect(exclusivity.activeState.value.acts).toBe(false);
  await clock.advance(2000);
  expect(exclusivity.activeState.value).toEqual({ acts: true, message: '' });
  await stop();
});

test('its work is stopped when another installation was handed the CXIDrivers, and begun anew when it has them back', async () => {
  const { clock, drivers, exclusivity, stop } = await start();
  const log: string[] = [];
  const abort = new AbortController();
  const whole = whileActing(exclusivity.activeState, abort.signal, async (signal) => {
    log.push('begun');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    log.push('stopped');
  });
  await clock.advance(0);
  drivers.set(claimed(first));
  await clock.advance(0);
  expect(log).toEqual(['begun', 'stopped']);
  drivers.set(claimed(self));
  await clock.advance(0);
  expect(log).toEqual(['begun', 'stopped', 'begun']);
  abort.abort();
  await whole;
  await stop();
});
