import { expect, test } from '@jest/globals';
import { aborted, Lifetime } from './lifetime.ts';

test('disposing stops what was spawned, waits for it, then cleans up in reverse order', async () => {
  const seen: string[] = [];
  const lifetime = new Lifetime();
  lifetime.defer(() => seen.push('first deferred'));
  lifetime.defer(() => seen.push('last deferred'));
  lifetime.spawn('task', async (signal) => {
    await aborted(signal);
    seen.push('task stopped');
  });
  await lifetime[Symbol.asyncDispose]();
  expect(seen).toEqual(['task stopped', 'last deferred', 'first deferred']);
});

test('a task that fails ends the whole lifetime with its error', async () => {
  const lifetime = new Lifetime();
  lifetime.spawn('bad', () => Promise.reject(new Error('broken')));
  await aborted(lifetime.signal);
  expect(lifetime.failure).toEqual(new Error('broken'));
  await lifetime[Symbol.asyncDispose]();
});

test('a child ends with its parent, and the parent forgets a disposed child', async () => {
  const parent = new AbortController();
  const child = new Lifetime({ parent: parent.signal });
  const gone = new Lifetime({ parent: parent.signal });
  await gone[Symbol.asyncDispose]();
  parent.abort(new Error('all stop'));
  expect(child.signal.reason).toEqual(new Error('all stop'));
});
