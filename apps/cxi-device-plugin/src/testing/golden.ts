import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';

/** Compares with a file of testdata; UPDATE_GOLDEN=1 writes it anew. */
export function expectGolden(name: string, actual: string): void {
  const url = new URL(`../testdata/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(url, actual);
  expect(actual).toBe(readFileSync(url, 'utf8'));
}
