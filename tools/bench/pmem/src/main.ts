/**
 * Volumes of pmem-csi-driver on files as disks: how many a second go from create to
 * delete, beside the same tools in a script; and what other calls take while the
 * memory of a deleted volume of 1 GiB is overwritten. Needs root.
 * Ends with 1 if a limit is not held.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { csi } from '@rackwright/csi';
import { byHand } from './by-hand.ts';
import { type Driver, startDriver } from './driver.ts';
import { BenchVolume } from './volume.ts';

const { ControllerService: controller } = csi;
const volumes = 10;
const rounds = 5;
const callsBefore = 50;
const bytes = 32n * 2n ** 20n;
const ratioLimit = 1.3;
const otherLimitMs = 100;

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

async function timed(run: () => unknown): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Volumes one after the other, as one worker of a provisioner has them. */
async function life(driver: Driver, folder: string, round: number): Promise<void> {
  for (let i = 0; i < volumes; i += 1) {
    const volume = new BenchVolume(driver.client, folder, { name: `life-${round}-${i}`, bytes });
    await volume.create(false);
    await volume.attach();
    await volume.detach();
    await volume.delete();
  }
}

async function benchLife(driver: Driver, folder: string): Promise<boolean> {
  const [ours, hands]: [number[], number[]] = [[], []];
  let handSeconds = 0;
  const before = driver.processorSeconds();
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await timed(() => life(driver, folder, round)));
    hands.push(
      await timed(() => {
        handSeconds += byHand(folder, volumes, bytes);
      }),
    );
  }
  const [our, hand] = [quantile(ours, 0.5), quantile(hands, 0.5)];
  const rate = (ms: number): string => ((1000 * volumes) / ms).toFixed(1);
  const ourSeconds = driver.processorSeconds() - before;
  const perVolume = (seconds: number): string => ((1000 * seconds) / (rounds * volumes)).toFixed(0);
  console.log(
    `| create to delete | ${rate(our)} volumes/s | ${rate(hand)} | ${(our / hand).toFixed(2)} | ${ratioLimit} |`,
  );
  console.log(
    `| the same, processor | ${perVolume(ourSeconds)} ms a volume | ${perVolume(handSeconds)} ms | ${(ourSeconds / handSeconds).toFixed(2)} | |`,
  );
  return our / hand <= ratioLimit;
}

async function benchErase(driver: Driver, folder: string): Promise<boolean> {
  const large = new BenchVolume(driver.client, folder, { name: 'large', bytes: 2n ** 30n });
  const other = new BenchVolume(driver.client, folder, { name: 'other', bytes });
  await large.create(true);
  await other.create(false);
  await other.attach();
  let rest = callsBefore;
  const before = await callUntil(() => --rest < 0, driver, other);
  const start = performance.now();
  const answered = await timed(() => large.delete());
  const state = join(folder, 'state', `${large.id}.json`);
  const meanwhile = await callUntil(() => !existsSync(state), driver, other);
  const seconds = (performance.now() - start) / 1000;
  await other.detach();
  await other.delete();
  console.log(
    `| delete that erases 1 GiB | answered after ${answered.toFixed(0)} ms, done after ${seconds.toFixed(1)} s | | | |`,
  );
  console.log(`| other calls before (${before.length}) | ${shown(before)} | | | |`);
  console.log(
    `| other calls meanwhile (${meanwhile.length}) | ${shown(meanwhile)} | | | p99 ${otherLimitMs} ms |`,
  );
  return meanwhile.length === 0 || quantile(meanwhile, 0.99) <= otherLimitMs;
}

/** What calls took, one after the other and again and again until it is over. */
async function callUntil(over: () => boolean, { client }: Driver, other: BenchVolume): Promise<number[]> {
  const calls = [
    () => client.call(csi.IdentityService.getPluginInfo, {}),
    () => client.call(controller.listVolumes, { maxEntries: 0, startingToken: '' }),
    () => other.stats(),
    () => other.create(false),
  ];
  const taken: number[] = [];
  while (!over()) for (const call of calls) taken.push(await timed(call));
  return taken;
}

function shown(values: readonly number[]): string {
  return `p50 ${quantile(values, 0.5).toFixed(1)} ms, p99 ${quantile(values, 0.99).toFixed(1)} ms`;
}

if (process.getuid?.() !== 0) console.log('skipped: volumes on files need root');
else {
  const folder = mkdtempSync(join(tmpdir(), 'rw-bench-pmem-'));
  try {
    await using driver = await startDriver(folder);
    console.log(`${rounds} rounds of ${volumes} volumes of 32 MiB; load ${loadavg()[0]?.toFixed(1)}`);
    console.log('| | ours | by hand | ratio | limit |');
    console.log('|---|---|---|---|---|');
    const held = [await benchLife(driver, folder), await benchErase(driver, folder)];
    console.log(`| private memory | ${driver.anonymousMiB()} MiB | | | |`);
    console.log(`limits: ${held.every(Boolean) ? 'held' : 'NOT HELD'}`);
    process.exitCode = held.every(Boolean) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
