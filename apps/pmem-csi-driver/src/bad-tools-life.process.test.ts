import { mkdir } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { ManualClock, systemClock } from '@rackwright/core';
import { type CsiClient, csi } from '@rackwright/csi';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import type { TestDriver } from './testing/driver.ts';
import { PmemHost } from './testing/pmem-host.ts';
import { BadTool, type Mishap, mishaps, type ToolRun } from './testing/tool-mishaps.ts';
import { ext4, type LifeDriver, live, type VolumeLife, xfs } from './testing/volume-life.ts';

const { ControllerService: controller } = csi;
const long = process.env.RACKWRIGHT_LONG_TESTS === '1';
const kubelet = '/var/lib/kubelet';
const places = {
  staging: `${kubelet}/staging`,
  targets: [`${kubelet}/pods/one`, `${kubelet}/pods/two`],
} as const;

/** The programs a step cannot do without, in the order in which it runs them. */
type StepTools = Readonly<Record<string, readonly ToolRun[]>>;

const mounting = {
  publish: [['mount', '--bind']],
  unpublish: [['umount']],
  unstage: [['umount']],
} satisfies StepTools;
const ofLvm: StepTools = {
  ...mounting,
  create: [['lvm', 'lvcreate']],
  stage: [['blkid'], ['mkfs.ext4'], ['mount']],
  expand: [['lvm', 'lvextend']],
  'expand on the node': [['resize2fs']],
};
const ofDirect: StepTools = {
  ...mounting,
  create: [
    ['ndctl', 'list'],
    ['ndctl', 'create-namespace'],
  ],
  stage: [['blkid'], ['mkfs.xfs'], ['mount'], ['xfs_io']],
};

/** By whom a run that pretends is found out, where it is not its own program; undefined for nobody, or later. */
const foundOut: Readonly<Record<string, string | undefined>> = {
  // Whoever mounts sees that nothing was formatted.
  'mkfs.ext4': 'mount',
  'mkfs.xfs': 'mount',
  lvcreate: 'lvm lvcreate',
  lvextend: undefined,
  resize2fs: undefined,
  xfs_io: undefined,
};

interface MishapDriverOptions {
  readonly pmem: PmemHost;
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
  readonly #pmem: PmemHost;
  readonly #driver: TestDriver;
  readonly #clock: ManualClock;
  readonly #tools: StepTools;
  readonly #other: string;
  tried = 0;

  constructor({ pmem, driver, clock, tools, other }: MishapDriverOptions) {
    this.#pmem = pmem;
    this.#driver = driver;
    this.#clock = clock;
    this.#tools = tools;
    this.#other = other;
  }

  async step<T>(what: string, work: (client: CsiClient) => Promise<T>): Promise<T> {
    for (const run of this.#tools[what] ?? [])
      for (const mishap of mishaps) await this.#refused(run, mishap, () => work(this.#driver.client));
    return work(this.#driver.client);
  }

  async #refused(run: ToolRun, mishap: Mishap, work: () => Promise<unknown>): Promise<void> {
    const [program, word = program] = run;
    const named = mishap === 'pretends' && word in foundOut ? foundOut[word] : program;
    if (named === undefined) return;
    const tool = await BadTool.make(this.#pmem, run, mishap);
    const asked = work().catch((error: unknown) => error);
    if (mishap === 'hangs') {
      await tool.hanging();
      await this.#othersServed();
      await this.#clock.advance(longestMs);
    }
    const failure = await asked;
    await tool.mend();
    const code = mishap === 'hangs' ? 'DeadlineExceeded' : 'Internal';
    expect([...run, mishap, failure]).toEqual([...run, mishap, expect.objectContaining({ code })]);
    expect(String(failure)).toContain(named);
    if (mishap === 'missing') expect(String(failure)).toContain('install ');
    this.tried += 1;
  }

  /** Who asks for another volume does not wait. */
  async #othersServed(): Promise<void> {
    const { status } = await this.#driver.client.call(controller.controllerGetVolume, {
      volumeId: this.#other,
    });
    expect(status?.volumeCondition).toEqual({ abnormal: false, message: '' });
  }
}

const { grown: _, ...xfsOfOneSize } = xfs;
const cases: (readonly [mode: 'lvm' | 'direct', life: VolumeLife, tools: StepTools])[] = [
  ['lvm', ext4, ofLvm],
  ...(long ? ([['direct', { ...xfsOfOneSize, parameters: {} }, ofDirect]] as const) : []),
];

test.each(cases)(
  'mode %s: with a program missing, failing, hanging or only pretending, a call says which and what to do, and the same call succeeds once it is mended',
  async (deviceManager, life, tools) => {
    await using pmem = await PmemHost.create([{ bytes: 512 * 2 ** 20 }]);
    const { root } = pmem.host;
    for (const folder of [places.staging, `${kubelet}/pods`])
      await mkdir(root.path(folder), { recursive: true });
    const clock = new ManualClock();
    await using driver = await pmem.start({ deviceManager }, clock);
    const asked = { volumeCapabilities: [], parameters: {}, accessibleTopology: undefined };
    const capacityRange = { requiredBytes: 2n ** 24n, limitBytes: 0n };
    const { volumeId: other } = await driver.create('other', { capacityRange });
    const { availableCapacity } = await driver.client.call(controller.getCapacity, asked);
    const mishapDriver = new MishapDriver({ pmem, driver, clock, tools, other });
    await live(life, { ...places, see: (path) => root.path(path) }, mishapDriver);
    // It is erased in the background.
    const isRoomBack = async () =>
      (await driver.client.call(controller.getCapacity, asked)).availableCapacity === availableCapacity;
    await waitUntil('the room to be back', isRoomBack, { clock: systemClock });
    expect((await pmem.mounts()).filter(({ mountPoint }) => mountPoint.startsWith(kubelet))).toEqual([]);
    process.stdout.write(`${deviceManager}: ${mishapDriver.tried} calls with a bad program\n`);
    expect(mishapDriver.tried).toBeGreaterThanOrEqual(20);
  },
  300_000,
);
