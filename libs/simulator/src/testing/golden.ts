import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';

/** Compares with a file beside the test; UPDATE_GOLDEN=1 writes it anew. */
export function expectGolden(file: URL, actual: string): void {
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, actual);
  expect(actual).toBe(readFileSync(file, 'utf8'));
}
