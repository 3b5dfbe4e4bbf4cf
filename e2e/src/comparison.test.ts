import { describe, expect, test } from '@jest/globals';
import { compare, differences } from './comparison.ts';

const passed = { name: 'a pod runs', seconds: 1.25, findings: { phase: 'Running' } };
const refused = { ...passed, findings: { phase: 'Pending', reason: 'TopologyAffinityError' } };

describe('the comparison of simulated and real nodes', () => {
  test('says nothing of a case that ended and found the same on both', () => {
    const { lines, failures } = compare([passed], [{ ...passed, seconds: 2 }]);
    expect(lines).toContain('| a pod runs | passed, 1.3 s | passed, 2.0 s | 1 | – |');
    expect(failures).toBe(0);
  });

  test('names a fact that reads otherwise, and one that only one of them has', () => {
    expect(differences(passed, refused)).toEqual([
      'phase: Running simulated, Pending real',
      'reason: nothing simulated, TopologyAffinityError real',
    ]);
    expect(compare([passed], [refused]).failures).toBe(1);
  });

  test('names a case that failed on one of them, which counts where it failed', () => {
    const failed = { ...passed, failure: 'no' };
    expect(differences(failed, passed)).toEqual(['outcome: failed simulated, passed real']);
    expect(compare([passed], [failed]).failures).toBe(0);
  });

  test('leaves out what only one kind of bed can show', () => {
    const { lines } = compare([passed], [passed, { name: 'only here', seconds: 1 }]);
    expect(lines.join('\n')).not.toContain('only here');
  });

  test('says so when there is nothing to compare with', () => {
    const { lines, failures } = compare(undefined, [passed]);
    expect(lines.join('\n')).toContain('npm run e2e has not run');
    expect(failures).toBe(0);
  });
});
