import { renameSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { aidaptivCacheNodes } from '@rackwright/api';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { ai100 } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { canMountFuse, type Fault, faults, type SimulatedHost } from '@rackwright/simulator';
import { HostTools } from '@rackwright/storage';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { canUseLoops, localTools } from '../../../libs/storage/src/testing/loop-disk.ts';
import { PluginCluster } from './testing/plugin-cluster.ts';
import { PluginRun } from './testing/plugin-run.ts';

jest.setTimeout(120_000);

const node = 'n1';
const serial = 'AI1E2T0240000002';
const [first, second] = ['ai100-ai1e2t0240000001', 'ai100-ai1e2t0240000002'] as const;
const args = [
  `--node-name=${node}`,
  ...['--cache-layout=PerDevice', '--recovery-mode=Off', '--clean-time=1s'],
  ...['--health-poll=5s', '--health-command-timeout=2s'],
];
const { condition, event } = ai100;

let cluster: PluginCluster;
let run: PluginRun;
beforeAll(async () => {
  cluster = await PluginCluster.start();
  run = await PluginRun.start({ host: { nvme: [{}, {}] }, args, cluster: await cluster.pod(node) });
}, 120_000);
afterAll(async () => {
  await run?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
}, 60_000);

/** Waits until a condition of the node's report stands like this, `False Unhealthy`; gives what it says. */
function untilCondition(type: string, expected: string): Promise<string> {
  const look = async (): Promise<string> => {
    const { status } = await cluster.admin.get(aidaptivCacheNodes, { name: node });
    const found = status?.conditions?.find((one) => one.type === type);
    if (`${found?.status} ${found?.reason}` !== expected) throw new Error(JSON.stringify(status));
    return found?.message ?? '';
  };
  return waitUntil(`${type} to be ${expected}`, look, { clock: systemClock });
}

/** Waits for an event of the node with this reason that has all these words. */
function untilEvent(reason: string, ...words: string[]): Promise<true> {
  const look = async (): Promise<true> => {
    const { items } = await cluster.admin.list(resources.events, { namespace: 'default' });
    const notes = items.filter((one) => one.reason === reason && one.regarding?.name === node);
    if (notes.some(({ note }) => words.every((word) => note?.includes(word)))) return true;
    throw new Error(JSON.stringify(items.map(({ note }) => note)));
  };
  return waitUntil(`event ${reason}`, look, { clock: systemClock });
}

/** Waits until the kubelet knows the units as these. */
async function untilUnits(expected: string): Promise<void> {
  await run.kubelet.devices(ai100.resource, (devices) => {
    return devices.map(({ health }) => health).join() === expected;
  });
}

const bothWell = 'Healthy,Healthy';

async function untilWell(): Promise<void> {
  await untilUnits(bothWell);
  await untilCondition(condition.cacheReady, 'True Ready');
  await untilCondition(condition.devicesHealthy, 'True Healthy');
  const said = await untilCondition(condition.toolsAvailable, 'True Available');
  expect(said).toBe('no program of the host is missing');
}

const allocate = (unit: string) => run.kubelet.allocate(ai100.resource, [unit]);
const looksAt = (controller: string): number =>
  run.host.commands.journal().filter(({ args: words }) => words.includes(`/dev/${controller}`)).length;

/** What goes wrong with the node's second drive, its cache, or a program. */
interface Mishap {
  readonly fault: (host: SimulatedHost) => Pick<Fault, 'apply' | 'revert'>;
  readonly says: readonly [type: string, stands: string, ...words: string[]];
  readonly event: readonly [reason: string, ...words: string[]];
  /** Of the second unit; the first stays Healthy. */
  readonly unit: 'Healthy' | 'Unhealthy';
  /** LVM is given up after half a minute only. */
  readonly long?: true;
  /** Only where this process may do so. */
  readonly needs?: { readonly what: string; readonly has: boolean };
}

const at = '/mnt/nvme1';
const onHost = ({ root }: SimulatedHost): HostTools =>
  new HostTools({ runner: new SystemProcessRunner(systemClock), root, entry: 'tree' });
/** A program of the host is not where it was. */
const missing = (path: string, { root }: SimulatedHost): Pick<Fault, 'apply' | 'revert'> => ({
  apply: async () => renameSync(root.path(path), root.path(`${path}.away`)),
  revert: async () => renameSync(root.path(`${path}.away`), root.path(path)),
});
const never = 'did not end in time';
const ofDrive = `drive ${serial}: `;

/** Rows of §1.10 and of "Bad input and danger": full, read-only and hanging disks, tools that are missing, hang or print nonsense. */
const mishaps: Readonly<Record<string, Mishap>> = {
  'a tool that hangs at one drive': {
    fault: (host) => faults.commandHangs(host, { command: 'nvme', words: ['/dev/nvme1'], ignoresTerm: true }),
    says: [condition.toolsAvailable, 'False ToolHangs', ofDrive, `nvme smart-log /dev/nvme1 ${never}`],
    event: [event.unhealthy, ofDrive, `nvme smart-log /dev/nvme1 ${never}`],
    unit: 'Unhealthy',
  },
  'a tool that prints nonsense of one drive': {
    fault: (host) =>
      faults.commandPrints(host, {
        ...{ command: 'nvme', words: ['smart-log', '/dev/nvme1'], stdout: '{"critical_warning":0,' },
      }),
    says: [condition.toolsAvailable, 'False ToolNonsense', ofDrive, 'nvme smart-log printed no JSON'],
    event: [event.unhealthy, ofDrive, 'nvme smart-log printed no JSON'],
    unit: 'Unhealthy',
  },
  'LVM that prints nonsense': {
    fault: (host) =>
      faults.commandPrints(host, { command: 'lvm', words: ['fullreport'], stdout: '{"report":' }),
    says: [condition.toolsAvailable, 'False ToolNonsense', 'lvm fullreport printed no JSON'],
    event: [event.cacheFailed, 'lvm fullreport printed no JSON'],
    unit: 'Healthy',
  },
  'LVM that never ends': {
    fault: (host) => faults.commandHangs(host, { command: 'lvm', ignoresTerm: true }),
    says: [condition.toolsAvailable, 'False ToolHangs', `lvm fullreport ${never}`],
    event: [event.cacheFailed, `lvm fullreport ${never}`],
    ...{ unit: 'Healthy', long: true },
  },
  'LVM that is missing': {
    fault: (host) => missing('/usr/sbin/lvm', host),
    says: [condition.toolsAvailable, 'False ToolMissing', 'the host has no lvm (install lvm2 on the node)'],
    event: [event.cacheFailed, 'the host has no lvm'],
    unit: 'Healthy',
  },
  'a drive that takes no writes any more': {
    fault: (host) => faults.nvmeReadOnly(host, { drive: 'nvme1' }),
    says: [condition.devicesHealthy, 'False Unhealthy', serial, 'the kernel has made the drive read-only'],
    event: [event.unhealthy, ofDrive, 'the kernel has made the drive read-only'],
    unit: 'Unhealthy',
  },
  'a cache that is mounted read-only': {
    fault: (host) => {
      const remount = (how: string) =>
        onHost(host).expect(['mount', '-o', `remount,${how}`, host.root.path(at)]);
      return {
        apply: async () => void (await remount('ro')),
        revert: async () => void (await remount('rw')),
      };
    },
    says: [condition.cacheReady, 'False MountFailed', `${at} is mounted read-only`],
    event: [event.cacheFailed, `${at} is mounted read-only`],
    unit: 'Unhealthy',
  },
  'a cache that is full': {
    fault: ({ root }) => ({
      apply: async () => {
        await localTools().expect(['mount', '-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', root.path(at)]);
        writeFileSync(root.path(`${at}/model.bin`), Buffer.alloc(4096));
      },
      revert: async () => void (await localTools().expect(['umount', root.path(at)])),
    }),
    says: [condition.cacheReady, 'True CacheFull', `mounted at ${at}, and full`],
    event: [event.cacheFull, `the cache at ${at} is full`],
    unit: 'Healthy',
    needs: { what: 'root', has: canUseLoops },
  },
  'a cache whose file system hangs (fixture J2)': {
    fault: (host) => faults.folderHangs(host, { path: at }),
    says: [condition.cacheReady, 'False MountFailed', `write to ${at} `],
    event: [event.cacheFailed, `the cache at ${at} does not take data: write to ${at} `],
    unit: 'Unhealthy',
    needs: { what: 'root and /dev/fuse', has: canMountFuse() },
  },
};

const isLong = process.env.RACKWRIGHT_LONG_TESTS === '1';
const shown = Object.entries(mishaps).filter(([, { long }]) => isLong || long !== true);

for (const [what, { fault, says, event: told, unit, needs }] of shown) {
  const suffix = needs === undefined ? '' : ` (needs ${needs.what})`;
  const either = needs?.has === false ? test.skip : test;
  either(`${what} is named by a condition and an event; the other drive is served on${suffix}`, async () => {
    await untilWell();
    const mishap = fault(run.host);
    await mishap.apply();
    try {
      const before = looksAt('nvme0');
      const [type, stands, ...words] = says;
      const message = await untilCondition(type, stands);
      for (const word of words) expect(message).toContain(word);
      await untilEvent(...told);
      await untilUnits(`Healthy,${unit}`);
      // Its drive is asked on, too.
      const asked = async (): Promise<boolean> => looksAt('nvme0') > before;
      await waitUntil('looks at the other drive', asked, { clock: systemClock });
      expect((await allocate(first)).containerResponses).toHaveLength(1);
      if (unit === 'Unhealthy') await expect(allocate(second)).rejects.toThrow(serial);
    } finally {
      await mishap.revert?.();
    }
    await untilWell();
  });
}
