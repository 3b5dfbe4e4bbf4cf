import { expect, test } from '@jest/globals';
import { oneLine } from './one-line.ts';

test('lines become one', () => {
  expect(oneLine('nodes: expected [], got [\n  "a",\n\n  "b"\n]\n')).toBe(
    'nodes: expected [], got [ "a", "b" ]',
  );
  expect(oneLine(' \n')).toBe('');
});

test('of a long text the start and the end are kept, in 400 characters', () => {
  const line = oneLine(`nodes: expected ${'a '.repeat(500)}, got\n${'b '.repeat(40)}end`);
  expect(line).toMatch(/^nodes: expected a a .* a \[…\] .*, got b b .* end$/);
  expect(line.length).toBe(400);
  expect(oneLine('c'.repeat(400))).toBe('c'.repeat(400));
});
