import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@rackwright/core';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { bundleDriver } from './driver-process.ts';
import { type Kill, RestartedDriver, type RestartedDriverOptions } from './restarted-driver.ts';
import { type LifePlaces, live, type VolumeLife } from './volume-life.ts';

/** A node for one volume and for drivers that are killed. */
export interface CrashNode extends AsyncDisposable {
  /** Folder of the drivers' state and their socket. */
  readonly folder: string;
  readonly flags: readonly string[];
  readonly places: LifePlaces;
  /** What is left of volumes but state files, each thing a text: devices, mounts. */
  left(): Promise<readonly string[]>;
}

export interface CrashCampaignOptions {
  readonly makeNode: () => Promise<CrashNode>;
  readonly life: VolumeLife;
  /** Whether drivers are killed at every point, each in a life of its own, and then one after the other ever later. */
  readonly whole: boolean;
}

/** Lives that go on at the same time. */
const atOnce = 2;
/** How much later a driver is killed than the one before it, in calls, where not every point is tried. */
const strides = { sample: 8, whole: 1 } as const;

/**
 * Leads volumes through their lives with a driver that is killed: at one point in
 * each life, and again and again in one.
 *
 * @throws if a call that is repeated does not succeed, or something is lost or left
 */
export async function crashCampaign(options: CrashCampaignOptions): Promise<Kill[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pmem-driver-'));
  try {
    const program = await bundleDriver(folder);
    return await killedLives(options, program);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function killedLives(
  { makeNode, life, whole }: CrashCampaignOptions,
  program: string,
): Promise<Kill[]> {
  const lead = async (killAt: RestartedDriverOptions['killAt'], how: string): Promise<readonly Kill[]> => {
    await using node = await makeNode();
    await using driver = new RestartedDriver({ program, root: node.folder, flags: node.flags, killAt });
    try {
      await leadLife(life, node, driver);
    } catch (cause) {
      throw new Error(`${life.name}, killed ${how}, as ${JSON.stringify(driver.kills)}`, { cause });
    }
    return driver.kills;
  };
  const kills: Kill[] = [];
  let next = 1;
  const tryPoints = async (): Promise<void> => {
    for (let found = true; found; ) {
      const point = next++;
      const killed = await lead((start) => (start === 0 ? point : undefined), `at call ${point}`);
      kills.push(...killed);
      found = killed.length > 0;
    }
  };
  if (whole) await Promise.all(Array.from({ length: atOnce }, tryPoints));
  const stride = whole ? strides.whole : strides.sample;
  const again = await lead((start) => (start + 1) * stride, `again and again, after ${stride} calls more`);
  return [...kills, ...again];
}

async function leadLife(life: VolumeLife, node: CrashNode, driver: RestartedDriver): Promise<void> {
  const { staging, see } = node.places;
  await mkdir(see(staging), { recursive: true });
  await live(life, node.places, driver);
  // What is erased is gone a moment after the answer.
  const left = async (): Promise<readonly string[]> => [
    ...(await node.left()),
    ...(await readdir(join(node.folder, 'state'))).filter((name) => !places.has(name)),
  ];
  let last: readonly string[] = [];
  const isGone = async (): Promise<boolean> => {
    last = await driver.step('erase', left);
    return last.length === 0;
  };
  await waitUntil('the volume to go', isGone, { clock: systemClock, intervalMs: 20 }).catch((cause) => {
    throw new Error(`left: ${last.join(', ')}`, { cause });
  });
}

/** Folders of devices in the state folder. */
const places: ReadonlySet<string> = new Set(['fake', 'loop']);

/** How often drivers were killed, by what was asked of them. */
export function countsOf(kills: readonly Kill[]): string {
  const counts = [...Map.groupBy(kills, ({ during }) => during)].map(
    ([during, { length }]) => `${during} ${length}`,
  );
  return `killed ${kills.length} times: ${counts.join(', ')}`;
}
