import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exampleSnapshot } from '../testing/agent-snapshot.ts';
import { formatAgentSnapshot, parseAgentSnapshot } from './parse-snapshot.ts';

test('what one agent writes the other reads', () => {
  expect(parseAgentSnapshot(formatAgentSnapshot(exampleSnapshot))).toEqual({
    ok: true,
    value: exampleSnapshot,
  });
});

test('fields of a newer agent are passed over', () => {
  const newer = { ...exampleSnapshot, colour: 'red', units: { ...exampleSnapshot.units, shape: 'round' } };
  expect(parseAgentSnapshot(JSON.stringify(newer))).toEqual({ ok: true, value: exampleSnapshot });
});

const [device] = exampleSnapshot.devices;
const [cache] = exampleSnapshot.caches;

test.each([
  ['schemaVersion', { ...exampleSnapshot, schemaVersion: 2 }, 'schemaVersion'],
  ['a time', { ...exampleSnapshot, time: 'yesterday' }, 'time'],
  ['a health', { ...exampleSnapshot, devices: [device, { ...device, health: 'Fine' }] }, 'devices[1].health'],
  [
    'SMART data',
    { ...exampleSnapshot, devices: [{ ...device, smart: { time: 1 } }] },
    'devices[0].smart.time',
  ],
  [
    'a size',
    { ...exampleSnapshot, caches: [{ ...cache, vg: { ...cache?.vg, sizeBytes: 7 } }] },
    'caches[0].vg.sizeBytes',
  ],
  ['a unit count', { ...exampleSnapshot, units: { capacity: -1, healthy: 0 } }, 'units.capacity'],
  ['everything', [], 'snapshot'],
] as const)('%s that is wrong is named', (_, value, field) => {
  expect(parseAgentSnapshot(JSON.stringify(value))).toMatchObject({ ok: false, error: { field } });
});

test('whatever is in the file, it is read or refused, and never thrown at the reader', () => {
  const whole = formatAgentSnapshot(exampleSnapshot);
  const keys = Object.keys(exampleSnapshot);
  const texts = fc.oneof(
    fc.string(),
    fc.nat({ max: whole.length - 3 }).map((end) => whole.slice(0, end)),
    fc
      .tuple(fc.constantFrom(...keys), fc.jsonValue())
      .map(([key, value]) => JSON.stringify({ ...exampleSnapshot, [key]: value })),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const result = parseAgentSnapshot(text);
      if (result.ok) expect(parseAgentSnapshot(formatAgentSnapshot(result.value))).toEqual(result);
      else expect(result.error.message).not.toBe('');
    }),
  );
});
