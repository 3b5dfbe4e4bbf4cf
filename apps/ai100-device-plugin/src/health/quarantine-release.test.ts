import { expect, test } from '@jest/globals';
import { QuarantineRelease } from './quarantine-release.ts';

test('a drive is tried again each time it is named anew, not as long as it is named', async () => {
  const changed: string[] = [];
  const release = new QuarantineRelease({ change: async (serial) => void changed.push(serial) });
  for (const named of [['A'], ['A'], ['A', 'B'], [], ['B']]) await release.look(named);
  expect(changed).toEqual(['A', 'B', 'B']);
});
