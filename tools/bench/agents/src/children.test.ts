import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { endedChildren } from './children.ts';

test('a program that a process starts, however short it runs, is seen once it has ended', () => {
  const before = endedChildren(process.pid);
  expect(endedChildren(process.pid)).toBe(before);
  spawnSync('true');
  expect(endedChildren(process.pid)).toBeGreaterThan(before);
});
