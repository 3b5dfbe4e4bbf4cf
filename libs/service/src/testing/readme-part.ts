import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';

/**
 * Compares a part of a README, between the comments `part` (which may go on after a
 * colon) and `/part`, with what it is made from; UPDATE_GOLDEN=1 writes it anew.
 */
export function expectReadmePart(readme: URL, part: string, wanted: string): void {
  const pattern = new RegExp(`(<!-- ${part}(?:: [^\\n]*)? -->\\n)([\\s\\S]*?)(<!-- /${part} -->)`);
  const text = readFileSync(readme, 'utf8');
  if (process.env.UPDATE_GOLDEN === '1')
    writeFileSync(
      readme,
      text.replace(pattern, (_, begin: string, __, end: string) => begin + wanted + end),
    );
  expect(pattern.exec(readFileSync(readme, 'utf8'))?.[2]).toBe(wanted);
}
