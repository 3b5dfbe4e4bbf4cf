import { waitUntil } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { percentile } from '../../percentile.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { cacheDrives } from './drives.ts';
import { blankDrives, deviceOf, withBlankDrives } from './guest-host.ts';
import { GuestPlugin } from './plugin.ts';
import { freshHost, pluginFlags } from './plugin-host.ts';

const rounds = 5;

/** A moment, by two clocks. */
interface Moment {
  readonly ms: number;
  /** Of the processor the guest is emulated with: it stands still while others have it. */
  readonly processorMs: number;
}

/** How long the plugin took since its first step. */
interface PluginTimes {
  /** To the mounted volume, on which a byte was written and read: what the script does, too. */
  readonly mounted: Moment;
  /** To units that are offered: its drives were asked for their health as well. */
  readonly offered: Moment;
}

/**
 * The same tools as the plugin runs, as somebody would who writes a script for it
 * and looks first what is on the disks, whether something stands on them and
 * whether LVM knows them. Where the plugin reads samples of each disk, it trusts.
 */
const byHand = `set -e
lsblk --output NAME,SIZE,SERIAL,FSTYPE,MOUNTPOINTS "$@"
lvm pvs
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
lvm lvs vg_hand
`;

async function byPlugin(testEnv: MachineEnvironment): Promise<PluginTimes> {
  await freshHost(testEnv);
  const plugin = await GuestPlugin.start(testEnv, await pluginFlags(testEnv));
  const { clock, signal } = testEnv;
  const logged = async (...words: string[]): Promise<Moment> => {
    const look = async (): Promise<Moment | undefined> =>
      (await plugin.hasLogged(...words)) ? now(testEnv) : undefined;
    return waitUntil(`the plugin to log ${words.join(' ')}`, look, {
      ...{ clock, signal, deadlineMs: 120_000, intervalMs: 20 },
    });
  };
  try {
    const began = await logged('"cache step"');
    const mounted = await logged('"cache state"', '"Ready"');
    const offered = await logged('"unit healthy"');
    return { mounted: between(began, mounted), offered: between(began, offered) };
  } finally {
    await plugin.endIfRunning();
  }
}

async function byScript(testEnv: MachineEnvironment): Promise<Moment> {
  const { machine } = testEnv;
  const disks: string[] = [];
  for (const drive of cacheDrives) disks.push(await deviceOf(testEnv, drive));
  const began = await now(testEnv);
  const { code, stderr } = await machine.run(['sh', '-c', byHand, 'sh', ...disks]);
  const ended = await now(testEnv);
  expectEqual(`the tools by hand: ${stderr}`, code, 0);
  return between(began, ended);
}

async function now({ machine, clock }: MachineEnvironment): Promise<Moment> {
  return { processorMs: await machine.processorMs(), ms: clock.monotonic() };
}

function between(from: Moment, to: Moment): Moment {
  return { ms: to.ms - from.ms, processorMs: to.processorMs - from.processorMs };
}

/** Medians, by both clocks. */
function median(times: readonly Moment[]): Moment {
  const of = (key: keyof Moment): number =>
    percentile(
      times.map((time) => time[key]),
      0.5,
    );
  return { ms: of('ms'), processorMs: of('processorMs') };
}

const inWords = ({ ms, processorMs }: Moment): string =>
  `${ms.toFixed(0)} ms (${processorMs.toFixed(0)} ms of the processor)`;

/** How long a cache takes to be made; a figure, for a busy machine says little about it. */
export const creationTimeCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'a cache is made beside one made with the same tools by hand',
    long: true,
    deadlineMs: 600_000,
    run: withBlankDrives(async (testEnv, record) => {
      const plugin: PluginTimes[] = [];
      const script: Moment[] = [];
      for (let round = 0; round < rounds; round++) {
        plugin.push(await byPlugin(testEnv));
        await blankDrives(testEnv);
        script.push(await byScript(testEnv));
        await blankDrives(testEnv);
      }
      const theirs = median(script);
      const beside = (ours: Moment): string => {
        const ratio = (key: keyof Moment): string => (ours[key] / theirs[key]).toFixed(2);
        return `${inWords(ours)}, ratio ${ratio('ms')} (${ratio('processorMs')})`;
      };
      const mounted = beside(median(plugin.map((times) => times.mounted)));
      const offered = beside(median(plugin.map((times) => times.offered)));
      record.figure(
        `a cache of two drives, median of ${rounds}: ${inWords(theirs)} for the tools by hand in a script; from the plugin's first step ${mounted} to the mounted volume, ${offered} to units`,
      );
    }),
  },
];
