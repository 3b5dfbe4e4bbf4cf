import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

test('the library names no hardware: that is behind profiles', () => {
  const folder = import.meta.dirname;
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/\.test(-data)?\.ts$/.test(file) && !file.startsWith('gen/'),
  );
  expect(sources.length).toBeGreaterThan(30);
  const word = /\b(cxi|hsn|slingshot|cassini|hpe|ai100|phison|pmem|nvme)\w*\b|\bNICs?\b(?!`)/i;
  const found = sources.flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((line) => word.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
