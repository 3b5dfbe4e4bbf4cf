import { describe, expect, test } from '@jest/globals';
import { comparisonLines, differences } from './comparison.ts';

const passed = { name: 'a pod runs', seconds: 1.25, findings: { phase: 'Running' } };

describe('the comparison of simulated and real nodes', () => {
  test('says nothing of a case that ended and found the same on both', () => {
    expect(comparisonLines([passed], [{ ...passed, seconds: 2 }])).toContain(
      '| a pod runs | passed, 1.3 s | passed, 2.0 s | – |',
    );
  });

  test('names a fact that reads otherwise, and one that only one of them has', () => {
    const real = { ...passed, findings: { phase: 'Pending', reason: 'TopologyAffinityError' } };
    expect(differences(passed, real)).toEqual([
      'phase: Running simulated, Pending real',
      'reason: nothing simulated, TopologyAffinityError real',
    ]);
  });

  test('names a case that failed on one of them', () => {
    expect(differences({ ...passed, failure: 'no' }, passed)).toEqual([
      'outcome: failed simulated, passed real',
    ]);
  });

  test('leaves out what only one kind of bed can show', () => {
    const lines = comparisonLines([passed], [passed, { name: 'only here', seconds: 1 }]);
    expect(lines.join('\n')).not.toContain('only here');
  });

  test('says so when there is nothing to compare with', () => {
    expect(comparisonLines(undefined, [passed]).join('\n')).toContain('npm run e2e has not run');
  });
});
