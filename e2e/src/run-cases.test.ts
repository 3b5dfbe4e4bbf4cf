import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { type Case, inLane } from './case.ts';
import { failureLines, runCases, unsteadyLines } from './run-cases.ts';

const { signal } = new AbortController();
const quietly = { clock: systemClock, signal, print: () => undefined };

/** What happened, in order. */
type Journal = string[];

/** A case that gives way to others once before it ends. */
function noted(name: string): Case<Journal> {
  const run = async (journal: Journal): Promise<void> => {
    journal.push(`${name} begins`);
    await new Promise(setImmediate);
    journal.push(`${name} ends`);
  };
  return { name, run };
}

test('cases of different lanes run at the same time, those of one lane and all others one after the other', async () => {
  const journal: Journal = [];
  const cases = [
    noted('before'),
    ...inLane('left', noted('left 1'), noted('left 2')),
    ...inLane('right', noted('right')),
    noted('after'),
  ];
  const results = await runCases(cases, journal, { ...quietly, again: true });
  expect(results.map(({ name }) => name)).toEqual(cases.map(({ name }) => name));
  expect(journal.slice(0, 4)).toEqual(['before begins', 'before ends', 'left 1 begins', 'right begins']);
  expect(journal.indexOf('left 2 begins')).toBeGreaterThan(journal.indexOf('left 1 ends'));
  expect(journal.slice(-2)).toEqual(['after begins', 'after ends']);
});

test('a case that failed beside others runs again when they are over', async () => {
  const journal: Journal = [];
  let failed = false;
  const fails: Case<Journal> = {
    name: 'fails',
    run: async () => {
      journal.push('try');
      if (failed) return;
      failed = true;
      throw new Error('busy');
    },
  };
  const cases = [...inLane('left', fails), ...inLane('right', noted('right')), noted('after')];
  const results = await runCases(cases, journal, { ...quietly, again: true });
  expect(journal).toEqual(['try', 'right begins', 'right ends', 'try', 'after begins', 'after ends']);
  expect(unsteadyLines(results)).toEqual(['unsteady (passed when run again): fails: busy']);
});

test('a summary names a failed case in one line, with what was got', () => {
  const failure = 'no verb granted: expected [], got [\n  "get",\n  "list"\n]';
  expect(failureLines([{ name: 'rights', seconds: 1, failure }])).toEqual([
    'failed: rights: no verb granted: expected [], got [ "get", "list" ]',
  ]);
});
