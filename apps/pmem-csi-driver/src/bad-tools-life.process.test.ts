import { expect, test } from '@jest/globals';
import { type Logger, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { type CsiClient, csi } from '@rackwright/csi';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { publishRequest, raw, type TestDriver } from './testing/driver.ts';
import { canGrowExt4, canMountLoops } from './testing/loop-host.ts';
import { type MishapMode, type MishapNode, mishapNode } from './testing/mishap-node.ts';
import { type Mishap, MishapRunner, mishaps, type ToolRun } from './testing/tool-mishaps.ts';
import { ext4, type LifeDriver, live, type VolumeLife, xfs } from './testing/volume-life.ts';

const { ControllerService: controller, NodeService: node } = csi;
const long = process.env.RACKWRIGHT_LONG_TESTS === '1';
const hasLoops = await canMountLoops();

/** The programs a step cannot do without, in the order in which it runs them; blkid once something is on the device. */
type StepTools = Readonly<Record<string, readonly ToolRun[]>>;

const mounting = {
  publish: [['mount', '--bind']],
  unpublish: [['umount']],
  unstage: [['umount']],
} satisfies StepTools;
const growing = { ext4: [['resize2fs']], xfs: [['xfs_growfs'], ['xfs_io', 'statfs']] } as const;
const ofLvm: StepTools = {
  ...mounting,
  create: [['lvm', 'lvcreate']],
  stage: [['mkfs.ext4'], ['mount'], ['blkid']],
  expand: [['lvm', 'lvextend']],
  'expand on the node': growing.ext4,
};
const ofDirect: StepTools = {
  ...mounting,
  create: [
    ['ndctl', 'list'],
    ['ndctl', 'create-namespace'],
  ],
  stage: [['mkfs.xfs'], ['mount'], ['xfs_io'], ['blkid']],
};
const ofLoop: StepTools = {
  ...mounting,
  create: [['fallocate']],
  stage: [['mkfs.xfs'], ['mount'], ['blkid']],
  expand: [['fallocate'], ['losetup', '-c']],
  'expand on the node': growing.xfs,
};
const ofLoopExt4: StepTools = { 'expand on the node': growing.ext4 };

/** By whom a run that pretends is found out, where it is not its own program; undefined for nobody, or later. */
const foundOut: Readonly<Record<string, string | undefined>> = {
  // Whoever mounts sees that nothing was formatted.
  'mkfs.ext4': 'mount',
  'mkfs.xfs': 'mount',
  lvcreate: 'lvm lvcreate',
  lvextend: 'lvm lvextend',
  xfs_io: undefined,
};

interface MishapDriverOptions {
  readonly runner: MishapRunner;
  readonly driver: TestDriver;
  /** The driver's. */
  readonly clock: ManualClock;
  readonly tools: StepTools;
  /** A volume that nothing is done with. */
  readonly other: string;
}

/** No program may take longer, in milliseconds. */
const longestMs = 301_000;

/** Asks for each step once with every mishap of each program it needs, and then with none. */
class MishapDriver implements LifeDriver {
  readonly #options: MishapDriverOptions;
  tried = 0;

  constructor(options: MishapDriverOptions) {
    this.#options = options;
  }

  async step<T>(what: string, work: (client: CsiClient) => Promise<T>): Promise<T> {
    const { tools, driver } = this.#options;
    for (const run of tools[what] ?? [])
      for (const mishap of mishaps) await this.#refused(run, mishap, () => work(driver.client));
    return work(driver.client);
  }

  async #refused(run: ToolRun, mishap: Mishap, work: () => Promise<unknown>): Promise<void> {
    const [program, word = program] = run;
    const named = mishap === 'pretends' && word in foundOut ? foundOut[word] : program;
    if (named === undefined) return;
    const failure = await this.#asked(run, mishap, work);
    const code = mishap === 'hangs' ? 'DeadlineExceeded' : 'Internal';
    expect([...run, mishap, failure]).toEqual([...run, mishap, expect.objectContaining({ code })]);
    expect(String(failure)).toContain(named);
    if (mishap === 'missing') expect(String(failure)).toContain('install ');
    this.tried += 1;
  }

  async #asked(run: ToolRun, mishap: Mishap, work: () => Promise<unknown>): Promise<unknown> {
    const { runner, clock } = this.#options;
    using tool = runner.spoil(run, mishap);
    const asked = work().catch((error: unknown) => error);
    if (mishap === 'hangs') {
      await Promise.race([tool.met, asked]);
      await this.#othersServed();
      await clock.advance(longestMs);
    }
    return await asked;
  }

  /** Who asks for another volume does not wait. */
  async #othersServed(): Promise<void> {
    const { driver, other } = this.#options;
    const { status } = await driver.client.call(controller.controllerGetVolume, { volumeId: other });
    expect(status?.volumeCondition).toEqual({ abnormal: false, message: '' });
  }
}

const { grown: _, ...xfsOfOneSize } = xfs;
const capacityRange = { requiredBytes: 2n ** 24n, limitBytes: 0n };

/** A volume that lives with bad programs, and how often they were met. */
async function liveWithMishaps(mode: MishapMode, life: VolumeLife, tools: StepTools): Promise<number> {
  await using place = await mishapNode(mode);
  const clock = new ManualClock();
  const runner = new MishapRunner(clock);
  await using driver = await place.start({ clock, runner });
  const { volumeId: other } = await driver.create('other', { capacityRange });
  const before = await place.taken(driver);
  const mishapDriver = new MishapDriver({ runner, driver, clock, tools, other });
  await live(life, place.places, mishapDriver);
  await untilTaken(place, driver, before);
  process.stdout.write(`${mode}, ${life.name}: ${mishapDriver.tried} calls with a bad program\n`);
  return mishapDriver.tried;
}

/** What is deleted is erased in the background. */
async function untilTaken(place: MishapNode, driver: TestDriver, wanted: string): Promise<void> {
  const isSo = async (): Promise<boolean> => (await place.taken(driver)) === wanted;
  await waitUntil('the volume to be gone', isSo, { clock: systemClock });
}

type Case = readonly [mode: MishapMode, life: VolumeLife, tools: StepTools];

const simulated: readonly Case[] = [
  ['lvm', ext4, ofLvm],
  ...(long
    ? ([
        ['lvm', { ...xfs, parameters: {} }, { 'expand on the node': growing.xfs }],
        ['direct', { ...xfsOfOneSize, parameters: {} }, ofDirect],
      ] as const)
    : []),
];

test.each(simulated)(
  'mode %s: with a program missing, failing, hanging or only pretending, a call says which and what to do, and the same call succeeds once it is mended',
  async (mode, life, tools) => {
    const runs = Object.values(tools).flat().length;
    expect(await liveWithMishaps(mode, life, tools)).toBeGreaterThanOrEqual(3 * runs);
  },
  300_000,
);

const real: readonly Case[] = [
  ['loop', xfs, ofLoop],
  ...(canGrowExt4() ? ([['loop', ext4, ofLoopExt4]] as const) : []),
];

(hasLoops ? test : test.skip).each(real)(
  'mode %s, on the real ones: the same (needs root)',
  async (mode, life, tools) => {
    const runs = Object.values(tools).flat().length;
    expect(await liveWithMishaps(mode, life, tools)).toBeGreaterThanOrEqual(3 * runs);
  },
  300_000,
);

(hasLoops ? test : test.skip)(
  'mode loop, a raw volume that is attached to no device: the same (needs root)',
  async () => {
    await using place = await mishapNode('loop');
    const clock = new ManualClock();
    const runner = new MishapRunner(clock);
    await using driver = await place.start({ clock, runner });
    const { volumeId: other } = await driver.create('other', { capacityRange });
    const tools: StepTools = { publish: [['losetup', '-f']] };
    const mishapDriver = new MishapDriver({ runner, driver, clock, tools, other });
    const used = await usedVolume(driver, place, { name: 'raw', by: mishapDriver });
    await driver.client.call(controller.deleteVolume, { volumeId: used, secrets: {} });
    expect(mishapDriver.tried).toBe(mishaps.length);
  },
);

/** Before a removal is tried again for the first time, in milliseconds, at most. */
const longestWaitMs = 5000;

/** What takes the device of a deleted volume away, and the milliseconds after which it is given up. */
const removals: readonly (readonly [MishapMode, ToolRun, deadlineMs: number])[] = [
  ['lvm', ['lvm', 'lvremove'], 30_000],
  ...(long ? ([['direct', ['ndctl', 'destroy-namespace'], 300_000]] as const) : []),
  ...(hasLoops ? ([['loop', ['losetup', '-d'], 30_000]] as const) : []),
];

test.each(removals)(
  'mode %s: a deleted volume that a bad program does not remove is told in the log with its reason, keeps its room, and goes once it is mended',
  async (mode, run, deadlineMs) => {
    await using place = await mishapNode(mode);
    const clock = new ManualClock();
    const runner = new MishapRunner(clock);
    const lines: string[] = [];
    const warn: Logger['warn'] = (message, fields) => lines.push(`${message}: ${fields?.error}`);
    await using driver = await place.start({ clock, runner, logger: { ...silentLogger, warn } });
    const empty = await place.taken(driver);
    for (const mishap of long || mode === 'loop' ? mishaps : (['pretends'] as const)) {
      const volumeId = await usedVolume(driver, place, { name: mishap });
      const taken = await place.taken(driver);
      lines.length = 0;
      const tool = runner.spoil(run, mishap);
      const deleted = driver.client.call(controller.deleteVolume, { volumeId, secrets: {} });
      await tool.met;
      if (mishap === 'hangs') await clock.advance(deadlineMs);
      await waitUntil('the warning', () => lines.length > 0, { clock: systemClock, intervalMs: 20 });
      expect([mishap, lines]).toEqual([mishap, [expect.stringContaining(run[0])]]);
      expect(lines[0]).toContain('a deleted volume could not be removed yet');
      expect(await place.taken(driver)).toBe(taken);
      tool[Symbol.dispose]();
      await clock.advance(longestWaitMs);
      await deleted;
      await untilTaken(place, driver, empty);
    }
  },
  300_000,
);

/** A volume that a pod had. */
async function usedVolume(
  driver: TestDriver,
  { places }: MishapNode,
  { name, by }: { readonly name: string; readonly by?: LifeDriver },
): Promise<string> {
  const volumeCapability = raw();
  const { volumeId } = await driver.create(name, { capacityRange, volumeCapabilities: [volumeCapability] });
  const [targetPath] = places.targets;
  const publish = (client: CsiClient): Promise<unknown> =>
    client.call(node.nodePublishVolume, publishRequest(volumeId, targetPath, { volumeCapability }));
  await (by === undefined ? publish(driver.client) : by.step('publish', publish));
  await driver.client.call(node.nodeUnpublishVolume, { volumeId, targetPath });
  return volumeId;
}
