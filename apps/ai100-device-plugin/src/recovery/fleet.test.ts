import { expect, test } from '@jest/globals';
import { recoveryLimits } from './settings.ts';
import { Fleet, type FleetReport } from './testing/fleet.ts';
import { fleetFaults } from './testing/fleet-faults.ts';

const isLong = process.env.RACKWRIGHT_LONG_TESTS === '1';

/** Uniform numbers from a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const maxConcurrentNodes = 3;
const maxResetsPerHour = 3;

function simulate(seed: number): Promise<FleetReport> {
  return new Fleet({
    nodes: 200,
    drivesPerNode: 8,
    days: isLong ? 2300 : 14,
    faultsPerDriveYear: isLong ? 0.5 : 10,
    settings: {
      mode: 'Auto',
      actions: ['Rescan', 'Remount', 'ControllerReset'],
      maxResetsPerHour,
      firstWaitMs: 30_000,
      cooldownMs: 600_000,
      maxAttempts: 5,
    },
    maxConcurrentNodes,
    random: randomOf(seed),
  }).run();
}

test(
  `200 nodes with 8 drives that fail at random are brought back within all limits (${isLong ? 'years' : 'weeks'})`,
  async () => {
    const seed = Number(process.env.RACKWRIGHT_SEED ?? 20261129);
    const report = await simulate(seed);
    process.stdout.write(`${JSON.stringify({ seed, ...report }, undefined, 2)}\n`);
    expect(report.deviceYears).toBeGreaterThan(isLong ? 10_000 : 60);
    expect(Object.keys(report.faults).sort()).toEqual(fleetFaults.map(({ name }) => name).sort());
    expect(Object.values(report.faults).filter(({ wrong }) => wrong > 0)).toEqual([]);
    // As many as are allowed were used at some time, and never more.
    expect(report.permits.most).toBe(maxConcurrentNodes);
    expect(report.permits.refused).toBeGreaterThan(0);
    expect(report.mostResets).toBe(maxResetsPerHour);
    expect(report.actionsWhileSuspended).toBe(0);
    expect(recoveryLimits.budgetMs).toBe(3_600_000);
  },
  isLong ? 1_200_000 : 60_000,
);
