import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { DriveSpec } from '@rackwright/testbed';
import { waitUntil } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { foreignDrives, hostDrive } from './drives.ts';
import { deviceOf, withBlankDrives } from './guest-host.ts';
import { changingCalls, clearJournal } from './journal.ts';
import { GuestPlugin } from './plugin.ts';
import { type Blocker, freshHost, pluginFlags, pluginStatus } from './plugin-host.ts';

/** What is on a drive of others: how it came there, and the gate that must refuse it. */
interface Foreign {
  readonly what: string;
  readonly gate: number;
  /** Commands of a shell; `$d` is the drive. */
  readonly make: string;
}

const quiet = '>/dev/null 2>&1';

/** One for each of `foreignDrives`. */
const foreign: readonly Foreign[] = [
  {
    what: 'a volume group that is not active',
    gate: 4,
    make: `lvm pvcreate $d ${quiet}; lvm vgcreate data $d ${quiet}`,
  },
  { what: 'ext4', gate: 4, make: `mkfs.ext4 -q $d` },
  { what: 'swap space', gate: 4, make: `mkswap $d ${quiet}` },
  {
    what: 'a partition',
    gate: 2,
    // One primary partition of Linux from sector 2048, and the mark of a table.
    make: String.raw`printf '\000\000\000\000\203\000\000\000\000\010\000\000\000\000\001\000' | dd of=$d bs=1 seek=446 conv=notrunc 2>/dev/null
printf '\125\252' | dd of=$d bs=1 seek=510 conv=notrunc 2>/dev/null; blockdev --rereadpt $d`,
  },
  {
    what: 'data without a signature',
    gate: 6,
    make: `dd if=/dev/urandom of=$d bs=4k seek=300 count=1 conv=notrunc 2>/dev/null`,
  },
  {
    what: 'a mounted file system',
    gate: 2,
    make: `mkfs.ext4 -q $d; mkdir -p /mnt/theirs; mount -o ro,noload $d /mnt/theirs`,
  },
];

/** Disks that hold something, or are in use, are refused and stay as they are. */
export const gateCases: readonly Case<MachineEnvironment>[] = [
  {
    name: "drives with others' data are refused by their gates and stay byte for byte as they are",
    long: true,
    deadlineMs: 900_000,
    run: withBlankDrives(async (testEnv, record) => {
      await freshHost(testEnv);
      for (const [i, drive] of foreignDrives.entries()) await fill(testEnv, drive, foreign[i]?.make ?? '');
      await testEnv.machine.run(['sync']);
      const before = await digests(testEnv);
      await clearJournal(testEnv);
      const asked = [...foreignDrives, hostDrive];
      const flags = await pluginFlags(
        testEnv,
        asked.map(({ serial }) => serial),
      );
      const plugin = await GuestPlugin.start(testEnv, flags);
      try {
        const blockers = await untilBlocked(testEnv, asked.length);
        const expected = [...foreign.map(({ gate }) => gate), 2];
        expectEqual(
          'gates',
          asked.map(({ serial }) => blockers.find((one) => one.serial === serial)?.gate),
          expected,
        );
        for (const { serial, gate, name, detail } of blockers)
          record.figure(`refused ${serial}: gate ${gate} ${name}: ${detail}`);
        expectEqual('calls that change something', await changingCalls(testEnv), []);
      } finally {
        await plugin.stop();
      }
      await testEnv.machine.run(['sync']);
      expectEqual('what is on the drives', await digests(testEnv), before);
    }, foreignDrives),
  },
];

async function fill(testEnv: MachineEnvironment, drive: DriveSpec, make: string): Promise<void> {
  const device = await deviceOf(testEnv, drive);
  const { code, stderr } = await testEnv.machine.run(['sh', '-c', `d=${device}\n${make}`]);
  if (code !== 0) throw new Error(`${make}: ${stderr}`);
}

/** Digests of what this machine has in the files of the drives. */
function digests({ machine }: MachineEnvironment): Promise<string[]> {
  return Promise.all(
    foreignDrives.map(async (drive) => {
      const hash = createHash('sha256');
      await pipeline(createReadStream(machine.diskFile(drive)), hash);
      return hash.digest('hex');
    }),
  );
}

/** Waits until the plugin says of so many drives why it does not take them. */
function untilBlocked(testEnv: MachineEnvironment, count: number): Promise<readonly Blocker[]> {
  const { clock, signal } = testEnv;
  const look = async (): Promise<readonly Blocker[] | undefined> => {
    const { cache } = await pluginStatus(testEnv);
    const all = [...cache.blockers, ...cache.volumes.flatMap(({ blockers }) => blockers)];
    const known = new Map(all.map((blocker) => [blocker.serial, blocker]));
    return known.size >= count ? [...known.values()] : undefined;
  };
  return waitUntil('the gates', look, { clock, signal, deadlineMs: 300_000, intervalMs: 1000 });
}
