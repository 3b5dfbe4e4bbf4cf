import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { type DeviceManagerName, withDriver } from './guest-driver.ts';
import { onBlankHost, shell } from './guest-host.ts';
import { GuestVolume } from './guest-volume.ts';
import type { VolumeWish } from './volume-requests.ts';

/** What is done with a volume. */
interface Use {
  readonly mode: DeviceManagerName;
  readonly wish: VolumeWish;
  /** What it is made as large as while it is in use; namespaces do not grow. */
  readonly grownTo?: bigint;
  /** Whether its memory is mapped directly. */
  readonly mapped: boolean;
  /** What is mounted, where it matters. */
  readonly device?: RegExp;
}

const mebibyte = 2n ** 20n;
const small = { mebibytes: 32n, grownTo: 64n };
/** mkfs.xfs makes none below 300 MiB, and a namespace keeps some for itself. */
const large = { mebibytes: 320n, grownTo: 400n };

/** What waits for somebody else's turn on a busy machine is no failure. */
const longCase = { long: true, deadlineMs: 900_000 } as const;

/** Volumes as pods use them, with the kernel's own drivers. */
export const useCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'an ext4 volume of persistent memory is mapped directly, grown while in use and gone in the end',
    run: useOf({ mode: 'lvm', ...wishOf('ext4', small), mapped: true }),
  },
  {
    name: 'an xfs volume of persistent memory is mapped directly, grown while in use and gone in the end',
    ...longCase,
    run: useOf({ mode: 'lvm', ...wishOf('xfs', large), mapped: true }),
  },
  {
    name: 'a volume for files only is not mapped directly',
    ...longCase,
    run: useOf({ mode: 'lvm', ...wishOf('ext4', small, { usage: 'FileIO' }), mapped: false }),
  },
  {
    name: 'a namespace of its own is mapped directly',
    ...longCase,
    run: useOf({ mode: 'direct', wish: wishOf('ext4', small).wish, mapped: true }),
  },
  {
    name: 'a namespace of its own for files only writes whole sectors, and is not mapped directly',
    ...longCase,
    run: useOf({
      mode: 'direct',
      wish: wishOf('xfs', large, { usage: 'FileIO' }).wish,
      mapped: false,
      device: /^\/dev\/pmem[0-9.]+s$/,
    }),
  },
  {
    name: 'a pod of Kata Containers gets the file system of an image that lies in persistent memory',
    ...longCase,
    run: useOf({
      mode: 'lvm',
      wish: wishOf('ext4', { mebibytes: 64n, grownTo: 64n }, { kataContainers: 'true' }).wish,
      mapped: false,
      device: /^\/dev\/loop\d+$/,
    }),
  },
  {
    name: 'a volume of a file is made, written, grown while in use and gone in the end',
    ...longCase,
    run: useOf({ mode: 'loop', ...wishOf('ext4', small), mapped: false }),
  },
];

function wishOf(
  fileSystem: VolumeWish['fileSystem'],
  { mebibytes, grownTo }: typeof small,
  parameters: Readonly<Record<string, string>> = {},
): { readonly wish: VolumeWish; readonly grownTo: bigint } {
  return { wish: { name: `used-${fileSystem}`, mebibytes, fileSystem, parameters }, grownTo };
}

function useOf({ mode, wish, grownTo, mapped, device = /./ }: Use): Case<MachineEnvironment>['run'] {
  return onBlankHost((testEnv, record) =>
    withDriver(testEnv, mode, [], async (driver) => {
      const volume = await GuestVolume.create(testEnv, driver, wish);
      await volume.attach();
      const line = await volume.mountLine();
      record.figure(`${mode}, ${wish.fileSystem}: ${line}`);
      expectEqual('file system', (await volume.mount())?.fsType, wish.fileSystem);
      expectThat('its device', device.test(line.split(' ')[0] ?? ''), line);
      expectEqual('dax among the options', /[ ,]dax(=always)?[ ,]/.test(line), mapped);
      await expectMapping(testEnv, volume, mapped);
      const digest = await volume.fill('data', 8);
      if (grownTo !== undefined) await expectGrowth(volume, (grownTo - wish.mebibytes) * mebibyte, grownTo);
      expectEqual('what was written', await volume.digest('data'), digest);
      await volume.remove();
    }),
  );
}

async function expectGrowth(volume: GuestVolume, asked: bigint, grownTo: bigint): Promise<void> {
  const before = await volume.total();
  await volume.grow(grownTo);
  const more = (await volume.total()) - before;
  // Journals and tables take their part.
  expectThat('the file system is larger', more > (asked * 8n) / 10n, `${more} bytes more`);
}

/** MAP_SYNC: a store is on the medium once it left the processor's caches, whatever the file system does. */
async function expectMapping(
  testEnv: MachineEnvironment,
  volume: GuestVolume,
  mapped: boolean,
): Promise<void> {
  const script = `cd ${volume.target}; xfs_io -f -c 'truncate 4m' -c 'mmap -rwS 0 1m' -c 'mwrite -S 0x5a 0 4096' mapped 2>&1 || true
od -An -tx1 -N2 mapped`;
  const printed = (await shell(testEnv, script)).trim();
  if (mapped) expectEqual('what was stored through the mapping', printed, '5a 5a');
  else expectThat('MAP_SYNC is refused', printed.includes('mmap: Operation not supported'), printed);
}
