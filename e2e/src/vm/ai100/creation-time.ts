import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { waitUntil } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { percentile } from '../../percentile.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { cacheDrives } from './drives.ts';
import { blankDrives, deviceOf, withBlankDrives } from './guest-host.ts';
import { GuestPlugin, pluginLog } from './plugin.ts';
import { freshHost, pluginFlags } from './plugin-host.ts';

const rounds = 5;

/** A line of the plugin's log. */
interface LogLine {
  readonly ts: string;
  readonly msg: string;
  readonly state?: string;
}

/** Milliseconds since the plugin's first step, by its log. */
interface PluginTimes {
  /** To the mounted volume, on which a byte was written and read: what the script does, too. */
  readonly mounted: number;
  /** To units that are offered: its drives were asked for their health as well. */
  readonly offered: number;
}

/** The same tools as the plugin runs, as somebody would who writes a script for it. */
const byHand = `set -e
for disk in "$@"; do blkid --probe $disk || true; wipefs --no-act $disk; done
for disk in "$@"; do lvm pvcreate $disk; done
lvm vgcreate vg_hand "$@"
lvm lvcreate --stripes 2 --stripesize 128k --extents 100%FREE --name cache vg_hand
mkfs.xfs -d su=128k,sw=2 /dev/vg_hand/cache
mkdir -p /mnt/hand
mount -t xfs /dev/vg_hand/cache /mnt/hand
echo "vg_hand cache" > /mnt/hand/.seal
sync -f /mnt/hand/.seal
umount /mnt/hand
lvm lvchange --addtag ready vg_hand/cache
mount -t xfs -o noatime,nosuid,nodev /dev/vg_hand/cache /mnt/hand
`;

/** Nobody asks the guest meanwhile, which has one slow processor: its log is seen from outside. */
async function byPlugin(testEnv: MachineEnvironment): Promise<PluginTimes> {
  const file = join(testEnv.machine.shared, basename(pluginLog));
  const before = (await readFile(file, 'utf8').catch(() => '')).length;
  await freshHost(testEnv);
  const plugin = await GuestPlugin.start(testEnv, await pluginFlags(testEnv));
  const logged = async (): Promise<string> => (await readFile(file, 'utf8').catch(() => '')).slice(before);
  const { clock, signal } = testEnv;
  try {
    await waitUntil('units', async () => (await logged()).includes('"unit healthy"') || undefined, {
      ...{ clock, signal, deadlineMs: 120_000, intervalMs: 250 },
    });
  } finally {
    await plugin.endIfRunning();
  }
  const text = (await logged()).trim();
  const lines = text.split('\n').map((line) => JSON.parse(line) as LogLine);
  const at = (msg: string, state?: string): number => {
    const line = lines.find((one) => one.msg === msg && one.state === state);
    if (line === undefined) throw new Error(`the plugin did not log ${JSON.stringify(msg)}: ${text}`);
    return Date.parse(line.ts);
  };
  const began = at('cache step');
  return { mounted: at('cache state', 'Ready') - began, offered: at('unit healthy') - began };
}

async function byScript(testEnv: MachineEnvironment): Promise<number> {
  const { machine, clock } = testEnv;
  const disks: string[] = [];
  for (const drive of cacheDrives) disks.push(await deviceOf(testEnv, drive));
  const started = clock.monotonic();
  const { code, stderr } = await machine.run(['sh', '-c', byHand, 'sh', ...disks]);
  const took = clock.monotonic() - started;
  expectEqual(`the tools by hand: ${stderr}`, code, 0);
  return took;
}

/** How long a cache takes to be made; a figure, for a busy machine says little about it. */
export const creationTimeCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'a cache is made beside one made with the same tools by hand',
    long: true,
    deadlineMs: 600_000,
    run: withBlankDrives(async (testEnv, record) => {
      const [plugin, script]: [PluginTimes[], number[]] = [[], []];
      for (let round = 0; round < rounds; round++) {
        plugin.push(await byPlugin(testEnv));
        await blankDrives(testEnv);
        script.push(await byScript(testEnv));
        await blankDrives(testEnv);
      }
      const theirs = percentile(script, 0.5);
      const beside = (times: number[]): string => {
        const ours = percentile(times, 0.5);
        return `${ours.toFixed(0)} ms (ratio ${(ours / theirs).toFixed(2)})`;
      };
      const mounted = beside(plugin.map((times) => times.mounted));
      const offered = beside(plugin.map((times) => times.offered));
      record.figure(
        `a cache of two drives, median of ${rounds}: ${theirs.toFixed(0)} ms for the tools by hand in a script; from the plugin's first step ${mounted} to the mounted volume, ${offered} to units`,
      );
    }),
  },
];
