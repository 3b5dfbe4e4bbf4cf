import { expect, test } from '@jest/globals';
import { defaultHealthRules, evaluateHealth } from '@rackwright/hardware-nvme';
import { well } from '@rackwright/hardware-nvme/testing';
import fc from 'fast-check';
import { looks } from '../recovery/testing/observations.ts';
import { parseRecord } from './health-record.ts';

const health = evaluateHealth(
  evaluateHealth(undefined, well, defaultHealthRules, 0),
  looks.dead,
  defaultHealthRules,
  1,
);
const textOf = (drives: object): string => JSON.stringify({ schemaVersion: 1, drives });

test('a record is read as it was written', () => {
  expect(parseRecord(textOf({ S1: health }))).toEqual({ S1: health });
});

test('of a drive whose entry makes no sense nothing is known, and the others stay', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(health)), fc.jsonValue(), (field, value) => {
      const read = parseRecord(textOf({ S1: { ...health, [field]: value }, S2: health }));
      expect(read.S2).toEqual(health);
      if (read.S1 !== undefined)
        expect(() => evaluateHealth(read.S1, looks.silent, defaultHealthRules, 2)).not.toThrow();
    }),
  );
});

test('another version says nothing', () => {
  expect(parseRecord(JSON.stringify({ schemaVersion: 2, drives: { S1: health } }))).toEqual({});
});
