/**
 * Reconciles of a CXIDriver that change nothing: how many a second on one core,
 * and what they ask of the API server. Beside it the plainest controller: build
 * every manifest and compare it deeply with what is stored.
 */
import { isDeepStrictEqual } from 'node:util';
import { parseCxiDriver } from '@rackwright/api';
import { Latest, silentLogger, systemClock } from '@rackwright/core';
import { Reconciler } from '@rackwright/manager';
import { DriverSteps } from '../../../../apps/operator-manager/src/cxidriver/driver-steps.ts';
import { storedDriver, testSettings } from '../../../../apps/operator-manager/src/testing/fixtures.ts';
import { manifests } from '../../../../apps/operator-manager/src/testing/manifests.ts';
import { StoredWorld } from './stored-world.ts';

const seconds = 5;
const world = new StoredWorld();
world.caches.drivers.objects.set('cxi', storedDriver());
const common = { client: world.client, clock: systemClock, logger: silentLogger };
const steps = new DriverSteps({
  ...common,
  claims: { admit: () => Promise.resolve(true) },
  caches: world.caches,
  settings: testSettings,
  crdShortfall: new Latest<string | undefined>(undefined),
});
const reconciler = new Reconciler(steps, { ...common, events: { emit: () => undefined } });
const { signal } = new AbortController();
const reconcile = (): Promise<unknown> => reconciler.reconcile('cxi', signal);

// The first reconciles create and report; after them there is nothing to do.
for (let i = 0; i < 5; i++) {
  await reconcile();
  world.rollOut(2000);
}
const settled = { writes: world.writes, reads: world.reads };

async function perSecond(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  const end = performance.now() + seconds * 1000;
  let count = 0;
  while (performance.now() < end) {
    await work();
    count += 1;
  }
  const used = process.cpuUsage(start);
  return count / ((used.user + used.system) / 1e6);
}

const stored = world.caches;
function plain(): boolean {
  const parsed = parseCxiDriver(stored.drivers.get('cxi'));
  if (!parsed.ok) throw parsed.error;
  return manifests(parsed.value, testSettings).every((object) => {
    const found = [stored.daemonSets, stored.serviceAccounts, stored.clusterRoleBindings]
      .flatMap((shelf) => [...shelf.objects.values()])
      .find((other) => other.kind === object.kind && other.metadata?.name === object.metadata?.name);
    return isDeepStrictEqual(
      (found as { spec?: unknown } | undefined)?.spec,
      (object as { spec?: unknown }).spec,
    );
  });
}

const ours = await perSecond(reconcile);
const reference = await perSecond(plain);
const extra = { writes: world.writes - settled.writes, reads: world.reads - settled.reads };
console.log('| reconcile that changes nothing | a second and core | writes | uncached reads |');
console.log('|---|---|---|---|');
console.log(`| rackwright | ${ours.toFixed(0)} | ${extra.writes} | ${extra.reads} |`);
console.log(`| build and compare | ${reference.toFixed(0)} | 0 | 0 |`);
console.log(`| ratio | ${(ours / reference).toFixed(2)} | | |`);
if (extra.writes + extra.reads > 0) {
  console.error('a reconcile that changes nothing must ask the API server nothing');
  process.exitCode = 1;
}
