import { describe, expect, test } from '@jest/globals';
import type { CaseResult } from './case.ts';
import { compare, differences } from './comparison.ts';
import type { KeptResults } from './results.ts';

const version = 'a1b2c3';
/** What a run on simulated nodes of the same version left. */
const kept = (...results: CaseResult[]): KeptResults => ({ version, results });
const passed: CaseResult = { name: 'a pod runs', seconds: 1.25, findings: { phase: 'Running' } };
const refused: CaseResult = { ...passed, findings: { phase: 'Pending', reason: 'TopologyAffinityError' } };

describe('the comparison of simulated and real nodes', () => {
  test('says nothing of a case that ended and found the same on both', () => {
    const { lines, failures } = compare(kept(passed), [{ ...passed, seconds: 2 }], { version });
    expect(lines).toContain('| a pod runs | passed, 1.3 s | passed, 2.0 s | 1 | – |');
    expect(failures).toBe(0);
  });

  test('names a fact that reads otherwise, and one that only one of them has', () => {
    expect(differences(passed, refused)).toEqual([
      'phase: Running simulated, Pending real',
      'reason: nothing simulated, TopologyAffinityError real',
    ]);
    expect(compare(kept(passed), [refused], { version })).toMatchObject({
      failures: 1,
      named: [
        'a pod runs: phase: Running simulated, Pending real; reason: nothing simulated, TopologyAffinityError real',
      ],
    });
  });

  test('names a case that failed on one of them, which counts where it failed', () => {
    const failed = { ...passed, failure: 'no' };
    expect(differences(failed, passed)).toEqual(['outcome: failed simulated, passed real']);
    expect(compare(kept(passed), [failed], { version }).failures).toBe(0);
  });

  test('leaves out what only one kind of environment can show', () => {
    const { lines } = compare(kept(passed), [passed, { name: 'only here', seconds: 1 }], { version });
    expect(lines.join('\n')).not.toContain('only here');
  });

  test.each([
    ['there is nothing to compare with', undefined, 'npm run e2e has not run here'],
    [
      'what is there is of another version',
      { ...kept(refused), version: 'd4e5f6' },
      'last ran here on d4e5f6',
    ],
  ])('says so when %s', (_, simulated, said) => {
    const { lines, failures } = compare(simulated, [passed], { version });
    expect(lines.join('\n')).toContain(said);
    expect(failures).toBe(0);
    expect(compare(simulated, [passed], { version, required: true }).failures).toBe(1);
  });

  test('takes nothing for the same as a version that is not known', () => {
    const unknown = { version: 'unknown', required: true };
    expect(compare({ ...kept(passed), version: 'unknown' }, [passed], unknown).failures).toBe(1);
  });
});
