import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { prometheusPluginMetrics } from '@rackwright/kubelet';
import { Registry } from '@rackwright/service';
import { disliked, promtoolExpected } from '@rackwright/testbed/without-nodes';
import { CacheCounters, registerAgentMetrics } from './agent-metrics.ts';
import type { CacheFailure, CacheState } from './cache/index.ts';
import { cacheWith, drive, health, nowMs, tracked } from './testing/told.ts';
import { noun, unitsOf } from './units/units.ts';

const volume = {
  ...{ hostPath: '/mnt/nvme0', members: ['A', 'B'], usable: true, reason: 'Ready', message: 'mounted' },
};
const dead = health('Unhealthy', { severity: 'Unhealthy', reason: 'ControllerDead', message: 'it is dead' });
const verdict = { healthy: false, reason: 'ControllerDead', message: 'it is dead' };
const units = unitsOf({
  drives: [drive('A'), drive('B')],
  volumes: [volume],
  verdicts: new Map([['B', verdict]]),
  replicasPerDevice: 1,
});
const failure: CacheFailure = { step: 'mount', code: 'FailedPrecondition', message: 'mount exited with 32' };
const blocked: CacheState = cacheWith({
  state: 'Blocked',
  blockers: [
    { gate: 4, name: 'SignatureFound', serial: 'A', detail: 'ext4' },
    { name: 'MountPointNotEmpty', detail: 'the folder is not empty' },
  ],
});

/** The metrics of a node where much has happened. */
async function scraped(): Promise<string> {
  const registry = new Registry();
  const calls = prometheusPluginMetrics(registry, noun, () => ({ profiles: [], devices: units }));
  calls.allocated('phison.com/ai100', 2);
  calls.refused('phison.com/ai100', 'Allocate', 'FailedPrecondition');
  registerAgentMetrics(registry, () => ({
    drives: [tracked('A'), tracked('B', dead)],
    transitions: [
      { serial: 'A', from: 'Unknown', to: 'Healthy', count: 1 },
      { serial: 'B', from: 'Unknown', to: 'Healthy', count: 1 },
      { serial: 'B', from: 'Healthy', to: 'Unhealthy', count: 2 },
    ],
    cache: blocked,
    units,
    allocated: 1,
    lookedAtMs: nowMs,
  }));
  const counters = new CacheCounters(registry);
  for (const state of [blocked, blocked, cacheWith({ failure }), cacheWith(), cacheWith({ failure })])
    counters.count(state);
  return registry.metrics();
}

test('/metrics is as in the golden file', async () => {
  const path = new URL('testdata/metrics.txt', import.meta.url);
  const actual = await scraped();
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, actual);
  expect(actual).toBe(readFileSync(path, 'utf8'));
});

test('what is not known is not told: who holds units, and when the node was looked at', async () => {
  const registry = new Registry();
  registerAgentMetrics(registry, () => ({
    ...{ drives: [], transitions: [], cache: cacheWith(), units: [] },
    ...{ allocated: undefined, lookedAtMs: undefined },
  }));
  const text = await registry.metrics();
  expect(text).not.toMatch(/^ai100_device_plugin_(units_allocated|last_look_timestamp_seconds) /m);
  expect(text).toMatch(/^ai100_device_plugin_units 0$/m);
});

const ifPromtool = promtoolExpected() ? test : test.skip;

ifPromtool('promtool dislikes no name (needs promtool)', async () => {
  expect(disliked(await scraped())).toEqual([]);
});
