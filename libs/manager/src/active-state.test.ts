import { expect, test } from '@jest/globals';
import { aborted, Latest } from '@rackwright/core';
import { type ActiveState, anyActive, whileActing } from './active-state.ts';

const acts: ActiveState = { acts: true, message: '' };
const waits = (message: string): ActiveState => ({ acts: false, message });

test('work runs while we may act, and again when we may once more', async () => {
  const activeState = new Latest<ActiveState>(waits('another does'));
  const stop = new AbortController();
  const runs = new Latest(0);
  const running = new Latest(false);
  const whole = whileActing(activeState, stop.signal, async (signal) => {
    runs.set(runs.value + 1);
    running.set(true);
    await aborted(signal);
    running.set(false);
  });
  expect(runs.value).toBe(0);
  activeState.set(acts);
  await runs.until((count) => count === 1);
  activeState.set(waits('it is back'));
  await running.until((value) => !value);
  activeState.set(acts);
  await runs.until((count) => count === 2);
  stop.abort();
  await whole;
  expect(running.value).toBe(false);
});

test('it ends when its work ends on its own, and when it is stopped before it may act', async () => {
  await whileActing(new Latest(acts), new AbortController().signal, async () => undefined);
  const work = (): Promise<void> => Promise.reject(new Error('must not run'));
  await whileActing(new Latest(waits('x')), AbortSignal.abort(), work);
});

test('of several, one that may act is enough', () => {
  const [one, two] = [new Latest(waits('one')), new Latest(waits('two'))];
  const any = anyActive([one, two]);
  expect(any.value).toEqual(waits('one'));
  two.set(acts);
  expect(any.value.acts).toBe(true);
  two.set(waits('two'));
  expect(any.value).toEqual(waits('one'));
});
