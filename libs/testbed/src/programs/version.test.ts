import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fits, formatVersion, parseVersion, same } from './version.ts';

test.each([
  ['Kubernetes v1.36.3\n', '1.36.3'],
  ['Client Version: v1.36.3\nKustomize Version: v5.8.1\n', '1.36.3'],
  ['etcd Version: 3.7.3\nGit SHA: Not provided\nGo Version: go1.26.8\n', '3.7.3'],
  ['v3.22.0+g144eb41\n', '3.22.0'],
  ['v0.8.0\n', '0.8.0'],
])('the version in %j is read', (output, expected) => {
  const version = parseVersion(output);
  expect(version && formatVersion(version)).toBe(expected);
});

test.each(['development\n', '', 'v1.36', 'go1.26'])('%j states no version', (output) => {
  expect(parseVersion(output)).toBeUndefined();
});

const number = fc.nat({ max: 999 });
const versions = fc.record({ major: number, minor: number, patch: number });

test('any version is read back from its own text', () => {
  fc.assert(
    fc.property(versions, fc.boolean(), (version, marked) => {
      expect(parseVersion(`${marked ? 'v' : ''}${formatVersion(version)}`)).toEqual(version);
    }),
  );
});

test('another patch release fits, another minor release does not', () => {
  fc.assert(
    fc.property(versions, number, (version, patch) => {
      expect(fits({ ...version, patch }, version)).toBe(true);
      expect(same({ ...version, patch }, version)).toBe(patch === version.patch);
      expect(fits({ ...version, minor: version.minor + 1 }, version)).toBe(false);
      expect(fits({ ...version, major: version.major + 1 }, version)).toBe(false);
    }),
  );
});
