import { expect, test } from '@jest/globals';
import { Mutex } from './mutex.ts';

test('sections run one at a time in the order of asking, also after one fails', async () => {
  const mutex = new Mutex();
  const seen: string[] = [];
  const section =
    (name: string, fails = false) =>
    async (): Promise<string> => {
      seen.push(`${name} in`);
      await new Promise<void>((resolve) => setImmediate(resolve));
      seen.push(`${name} out`);
      if (fails) throw new Error(name);
      return name;
    };
  const results = await Promise.allSettled([
    mutex.run(section('a')),
    mutex.run(section('b', true)),
    mutex.run(section('c')),
  ]);
  expect(seen).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});
