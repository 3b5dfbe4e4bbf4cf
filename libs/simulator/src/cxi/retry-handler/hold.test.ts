import { closeSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { dropDeadHold, dropHold, isHeld, readHolder, takeHold } from './hold.ts';

const holder = { pid: 7, statsFolder: '/run/cxi/cxi0' };
let folder: string;
let hold: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rw-hold-'));
  hold = join(folder, 'cxi0');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a hold is exclusive and lasts until it is dropped', () => {
  const pipe = takeHold(hold, holder);
  expect(() => takeHold(hold, holder)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(isHeld(hold)).toBe(true);
  expect(readHolder(hold)).toEqual(holder);
  dropHold(hold);
  expect([isHeld(hold), readHolder(hold)]).toEqual([false, undefined]);
  expect(readdirSync(folder)).toEqual([]);
  closeSync(pipe);
});

test('the hold of the living is not taken away, that of the dead is', () => {
  const pipe = takeHold(hold, holder);
  expect(dropDeadHold(hold)).toBeUndefined();
  expect(isHeld(hold)).toBe(true);
  closeSync(pipe);
  expect(isHeld(hold)).toBe(false);
  expect(dropDeadHold(hold)).toEqual(holder);
  expect(dropDeadHold(hold)).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
});
