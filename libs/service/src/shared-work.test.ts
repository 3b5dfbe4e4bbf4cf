import { expect, test } from '@jest/globals';
import { SharedWork } from './shared-work.ts';

const forever = new AbortController().signal;

test('whoever asks while it is under way shares it; who asks later gets it anew', async () => {
  const work = new SharedWork<number>();
  let made = 0;
  const make = async (): Promise<number> => ++made;
  expect(await Promise.all([1, 2, 3].map(() => work.run('a', forever, make)))).toEqual([1, 1, 1]);
  expect(await work.run('a', forever, make)).toBe(2);
  expect(await Promise.all([work.run('a', forever, make), work.run('b', forever, make)])).toEqual([3, 4]);
  expect(work.size).toBe(0);
});

test('one that leaves does not end the work of the others; the last one does', async () => {
  const work = new SharedWork<string>();
  const { promise, resolve } = Promise.withResolvers<string>();
  let told: unknown;
  const make = (signal: AbortSignal): Promise<string> => {
    signal.addEventListener('abort', () => {
      told = signal.reason;
    });
    return promise;
  };
  const [first, second] = [new AbortController(), new AbortController()];
  const asked = [first, second].map(({ signal }) => work.run('a', signal, make));
  await new Promise<void>((done) => setImmediate(done));
  first.abort('one');
  await expect(asked[0]).rejects.toBe('one');
  expect([told, work.has('a')]).toEqual([undefined, true]);
  second.abort('two');
  await expect(asked[1]).rejects.toBe('two');
  expect([told, work.has('a')]).toEqual(['two', false]);
  resolve('late');
});

test('a failure is everybody’s, and is not kept', async () => {
  const work = new SharedWork<number>();
  const fail = (): Promise<number> => Promise.reject(new Error('no'));
  const asked = [work.run('a', forever, fail), work.run('a', forever, fail)];
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await work.run('a', forever, async () => 5)).toBe(5);
});
