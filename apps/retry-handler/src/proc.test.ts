import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isAlive, ProcFs, parseStartTicks } from './proc.ts';

const stat = (name: string, state: string, ticks: string): string =>
  `42 (${name}) ${state} 1 42 42 0 -1 4194560 100 0 0 0 0 0 0 0 20 0 1 0 ${ticks} 1000 10 18446744073709551615`;

test('the start time is found whatever the process is called', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 15 }), fc.nat(), (name, ticks) => {
      expect(parseStartTicks(stat(name, 'S', String(ticks)))).toBe(ticks);
    }),
  );
});

test.each([
  ['a zombie', stat('cxi_rh', 'Z', '7')],
  ['a dead process', stat('cxi_rh', 'X', '7')],
  ['nothing', ''],
  ['a torn line', '42 (cxi_rh) S 1 42'],
  ['something else', 'no such process'],
])('%s has none', (_, text) => expect(parseStartTicks(text)).toBeUndefined());

test('no text makes the parser throw', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseStartTicks(text)));
});

test('this process is alive, but not if it had started at another time', () => {
  const table = new ProcFs();
  const startTicks = table.startTicks(process.pid) ?? 0;
  expect(startTicks).toBeGreaterThan(0);
  expect(isAlive(table, { pid: process.pid, startTicks })).toBe(true);
  expect(isAlive(table, { pid: process.pid })).toBe(true);
  expect(isAlive(table, { pid: process.pid, startTicks: startTicks + 1 })).toBe(false);
  expect(isAlive(table, { pid: 2 ** 22 + 1, startTicks })).toBe(false);
  expect(table.commandLine(process.pid)[0]).toContain('node');
  expect(table.commandLine(2 ** 22 + 1)).toEqual([]);
});
