import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { TokenCache } from './token-cache.ts';

const minute = 60_000;

/** A login that numbers its tokens, each good for `lifeMs`; `open` holds answers back until called. */
function countingLogin(clock: ManualClock, lifeMs?: number) {
  let count = 0;
  const state = { fails: false, gate: Promise.resolve() };
  const login = async () => {
    count += 1;
    const value = `token-${count}`;
    await state.gate;
    if (state.fails) throw new Error('AuthN is away');
    return { value, expiresAt: lifeMs === undefined ? undefined : clock.now() + lifeMs };
  };
  return { cache: new TokenCache(login, clock), state, logins: () => count };
}

test('callers that come together share one login', async () => {
  const { cache, state, logins } = countingLogin(new ManualClock(), 60 * minute);
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const asked = [cache.token(), cache.token(), cache.token()];
  gate.resolve();
  expect(await Promise.all(asked)).toEqual(['token-1', 'token-1', 'token-1']);
  expect(await cache.token()).toBe('token-1');
  expect(logins()).toBe(1);
});

test('a token is replaced when less than five minutes are left', async () => {
  const clock = new ManualClock();
  const { cache } = countingLogin(clock, 60 * minute);
  await cache.token();
  await clock.advance(55 * minute - 1);
  expect(await cache.token()).toBe('token-1');
  await clock.advance(1);
  expect(await cache.token()).toBe('token-2');
});

test('a token that lives for minutes only is used for half of them', async () => {
  const clock = new ManualClock();
  const { cache, logins } = countingLogin(clock, 4 * minute);
  await cache.token();
  await clock.advance(2 * minute - 1);
  await cache.token();
  expect(logins()).toBe(1);
  await clock.advance(1);
  await cache.token();
  expect(logins()).toBe(2);
});

test('a token that does not say when it expires is used until it is refused', async () => {
  const clock = new ManualClock();
  const { cache } = countingLogin(clock);
  await cache.token();
  await clock.advance(10_000 * minute);
  expect(await cache.token()).toBe('token-1');
  expect(await cache.renew('token-1')).toBe('token-2');
});

test('many calls whose token was refused bring one login', async () => {
  const { cache, logins } = countingLogin(new ManualClock(), 60 * minute);
  const old = await cache.token();
  const renewed = await Promise.all([cache.renew(old), cache.renew(old)]);
  expect([...renewed, await cache.renew(old)]).toEqual(['token-2', 'token-2', 'token-2']);
  expect(logins()).toBe(2);
});

test('while the old token is good, a login that fails is no error', async () => {
  const clock = new ManualClock();
  const { cache, state } = countingLogin(clock, 60 * minute);
  await cache.token();
  state.fails = true;
  await clock.advance(57 * minute);
  expect(await cache.token()).toBe('token-1');
  await clock.advance(3 * minute);
  await expect(cache.token()).rejects.toThrow('AuthN is away');
  state.fails = false;
  expect(await cache.token()).toBe('token-4');
});
