import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { type DeviceManagerName, withDriver } from './guest-driver.ts';
import { onBlankHost, shell } from './guest-host.ts';
import { GuestVolume, type VolumeWish } from './guest-volume.ts';

/** What is done with a volume. */
interface Use {
  readonly mode: DeviceManagerName;
  readonly wish: VolumeWish;
  /** What it is made as large as while it is in use. */
  readonly grownTo: bigint;
  /** Whether its memory is mapped directly. */
  readonly mapped: boolean;
}

const small = { mebibytes: 32n, grownTo: 64n };
/** mkfs.xfs makes none below 300 MiB. */
const large = { mebibytes: 304n, grownTo: 400n };

/** Volumes as pods use them, with the kernel's own drivers. */
export const useCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'an ext4 volume of persistent memory is mapped directly, grown while in use and gone in the end',
    run: useOf({ mode: 'lvm', ...wishOf('ext4', small), mapped: true }),
  },
  {
    name: 'an xfs volume of persistent memory is mapped directly, grown while in use and gone in the end',
    long: true,
    run: useOf({ mode: 'lvm', ...wishOf('xfs', large), mapped: true }),
  },
  {
    name: 'a volume for files only is not mapped directly',
    long: true,
    run: useOf({ mode: 'lvm', ...wishOf('ext4', small, { usage: 'FileIO' }), mapped: false }),
  },
  {
    name: 'a volume of a file is made, written, grown while in use and gone in the end',
    long: true,
    run: useOf({ mode: 'loop', ...wishOf('ext4', small), mapped: false }),
  },
];

function wishOf(
  fileSystem: VolumeWish['fileSystem'],
  { mebibytes, grownTo }: typeof small,
  parameters: Readonly<Record<string, string>> = {},
): Pick<Use, 'wish' | 'grownTo'> {
  return { wish: { name: `used-${fileSystem}`, mebibytes, fileSystem, parameters }, grownTo };
}

function useOf(use: Use): Case<MachineEnvironment>['run'] {
  const { mode, wish, grownTo, mapped } = use;
  return onBlankHost((testEnv, record) =>
    withDriver(testEnv, mode, [], async (driver) => {
      const volume = await GuestVolume.create(testEnv, driver, wish);
      await volume.attach();
      const line = await volume.mountLine();
      record.figure(`${mode}, ${wish.fileSystem}: ${line}`);
      expectEqual('file system', (await volume.mount())?.fsType, wish.fileSystem);
      expectEqual('dax among the options', /[ ,]dax(=always)?[ ,]/.test(line), mapped);
      await expectMapping(testEnv, volume, mapped);
      const digest = await volume.fill('data', 8);
      const before = await volume.total();
      await volume.grow(grownTo);
      const more = (await volume.total()) - before;
      const asked = (grownTo - wish.mebibytes) * 2n ** 20n;
      expectThat('the file system is larger', more > (asked * 8n) / 10n, `${more} bytes more`);
      expectEqual('what was written', await volume.digest('data'), digest);
      await volume.remove();
    }),
  );
}

/** MAP_SYNC: a store is on the medium once it left the processor's caches, whatever the file system does. */
async function expectMapping(
  testEnv: MachineEnvironment,
  volume: GuestVolume,
  mapped: boolean,
): Promise<void> {
  const script = `cd ${volume.target}; xfs_io -f -c 'truncate 4m' -c 'mmap -rwS 0 1m' -c 'mwrite -S 0x5a 0 4096' mapped 2>&1
od -An -tx1 -N2 mapped`;
  const printed = (await shell(testEnv, script)).trim();
  if (mapped) expectEqual('what was stored through the mapping', printed, '5a 5a');
  else expectThat('MAP_SYNC is refused', printed.includes('mmap: Operation not supported'), printed);
}
