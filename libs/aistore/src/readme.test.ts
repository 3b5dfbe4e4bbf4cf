import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

function text(path: string): Promise<string> {
  return readFile(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
}

test('the example in the README is one that compiles', async () => {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(await text('../README.md')) ?? [];
  expect(example).toBe(await text('./testing/readme-example.ts'));
});
