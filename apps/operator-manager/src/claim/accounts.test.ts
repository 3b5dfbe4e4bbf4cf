import { expect, test } from '@jest/globals';
import { ManualClock, silentLogger } from '@rackwright/core';
import { KubeError, type KubeObject } from '@rackwright/kube';
import { Accounts } from './accounts.ts';
import type { Installation } from './installation.ts';

const first: Installation = { namespace: 'slingshot-system', name: 'first', uid: 'uid-1' };
const { signal } = new AbortController();

/** An API server with these ServiceAccounts; undefined for one that does not answer. */
function world() {
  const clock = new ManualClock();
  const state: { accounts: KubeObject[] | undefined; asked: unknown[] } = { accounts: [], asked: [] };
  const list = async (_: unknown, options: unknown) => {
    state.asked.push(options);
    if (state.accounts === undefined)
      throw new KubeError('Unavailable', 'no answer', { status: 0, reason: '' });
    return { items: state.accounts, resourceVersion: '1' };
  };
  const accounts = new Accounts({ client: { list } as never, clock, logger: silentLogger });
  return { clock, state, look: () => accounts.look(first, signal), accounts };
}

const account = (uid: string): KubeObject => ({ metadata: { ...first, uid } });

test('an installation is there while its ServiceAccount is, and that one alone is asked for', async () => {
  const { state, look } = world();
  state.accounts = [account('uid-1')];
  expect(await look()).toBe('there');
  expect(state.asked).toEqual([
    expect.objectContaining({ namespace: 'slingshot-system', fieldSelector: 'metadata.name=first' }),
  ]);
});

test('it is gone only when its account has been missing for as long as its token may live', async () => {
  const { clock, look, accounts } = world();
  expect(await look()).toBe('unknown');
  await clock.advance(14_999);
  expect(await look()).toBe('unknown');
  await clock.advance(1);
  expect(await look()).toBe('gone');
  expect(accounts.stateOf(first)).toBe('gone');
});

test('an account of the same name made anew is another installation', async () => {
  const { clock, state, look } = world();
  state.accounts = [account('uid-2')];
  await look();
  await clock.advance(15_000);
  expect(await look()).toBe('gone');
});

test('an API server that does not answer is no reason to take over', async () => {
  const { clock, state, look } = world();
  await look();
  state.accounts = undefined;
  await clock.advance(60_000);
  expect(await look()).toBe('unknown');
});

test('it is looked for at once, then every 30 s, and sooner when it was missing', async () => {
  const { state, look, accounts } = world();
  expect(accounts.dueInMs(first)).toBe(0);
  state.accounts = [account('uid-1')];
  await look();
  expect(accounts.dueInMs(first)).toBe(5000);
  state.accounts = [];
  await look();
  expect(accounts.dueInMs(first)).toBe(15_000);
});
