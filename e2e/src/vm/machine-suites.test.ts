import { expect, test } from '@jest/globals';
import { families } from '@rackwright/registry';
import { loadMachineSuites, machineFamilies } from './machine-suites.ts';

test('each suite is of a family in the registry', async () => {
  const known: readonly string[] = families.map(({ name }) => name);
  const found = await machineFamilies();
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter((name) => !known.includes(name))).toEqual([]);
});

test('a suite that is not there is refused by name', async () => {
  await expect(loadMachineSuites(['nothing'])).rejects.toThrow(
    'there is no suite nothing; there is ai100, pmem',
  );
});
