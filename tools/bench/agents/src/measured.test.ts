import { expect, test } from '@jest/globals';
import { breaches, type Measured, report, settled } from './measured.ts';
import { kib } from './memory.ts';

const samples = [50, 40, 20, 21, 22].map((anon) => ({ anon, pss: anon * 2 }));
const agent: Measured = {
  name: 'agent',
  bundleBytes: 232_000,
  startMs: 180.4,
  samples,
  cpu: 0.0123,
  forbidden: [],
};

test('what a process settles at leaves its start out', () => {
  expect(settled(samples)).toEqual({ anon: 22, pss: 44 });
});

test('an agent within its limits breaks none, a heavy one all', () => {
  const light = { ...agent, name: 'driver-agent' };
  expect(breaches(light)).toEqual([]);
  const heavy = { ...light, bundleBytes: 900_000, samples: [{ anon: 30, pss: 60 }], forbidden: ['undici'] };
  expect(breaches(heavy)).toEqual([
    'driver-agent: 30.0 MiB anonymous, limit 28',
    'driver-agent: bundle of 900000 bytes, limit 800000',
    'driver-agent: its bundle contains undici',
  ]);
});

test('the table shows each process, the sum and the ratio to the reference', () => {
  const reference = { ...agent, name: 'reference', samples: [{ anon: 88, pss: 100 }] };
  expect(report([agent, agent], reference).split('\n').slice(2)).toEqual([
    '| agent | 232 kB | 180 ms | 22.0 MiB | 50.0 MiB | 44.0 MiB | 1.2 % | 0.25 |',
    '| agent | 232 kB | 180 ms | 22.0 MiB | 50.0 MiB | 44.0 MiB | 1.2 % | 0.25 |',
    '| all agents | 464 kB |  | 44.0 MiB |  | 88.0 MiB |  |  |',
    '| reference | 232 kB | 180 ms | 88.0 MiB | 88.0 MiB | 100.0 MiB | 1.2 % | 1.00 |',
    '',
  ]);
});

test('a field of a status file is found by its whole name', () => {
  expect(kib('Pss_Anon:  1 kB\nPss:     4096 kB\n', 'Pss')).toBe(4096);
  expect(() => kib('', 'Pss')).toThrow('no Pss');
});
