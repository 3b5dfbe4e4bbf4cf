import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { withDriver } from './guest-driver.ts';
import { onBlankHost, shell } from './guest-host.ts';
import { GuestVolume } from './guest-volume.ts';
import { digestOf, type Namespace, type Region, regionsOf } from './regions.ts';

const mebibyte = 1024 ** 2;
/** What the driver calls its namespaces. */
const ownName = 'pmem-csi';

/** What the driver takes of the memory, and what it leaves alone. */
export const shareCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'pmemPercentage bounds what is taken and never shrinks it, and namespaces of others stay byte for byte',
    long: true,
    deadlineMs: 900_000,
    run: onBlankHost(async (testEnv, record) => {
      await makeForeign(testEnv);
      const foreign = await foreignOf(testEnv);
      expectEqual('namespaces of others', foreign.length, 2);
      const taken: number[][] = [];
      for (const percentage of [50, 30, 80]) {
        const before = await ownOf(testEnv);
        await withDriver(testEnv, 'lvm', [`-pmemPercentage=${percentage}`], async (driver) => {
          if (percentage !== 50) return;
          const wish = { name: 'kept', mebibytes: 64n, fileSystem: 'ext4' } as const;
          const volume = await GuestVolume.create(testEnv, driver, wish);
          await volume.attach();
          await volume.fill('data', 4);
          await volume.detach();
        });
        const own = await ownOf(testEnv);
        for (const one of before)
          expectThat(
            'what was there stays',
            own.some(({ uuid, rawBytes }) => uuid === one.uuid && rawBytes === one.rawBytes),
            own,
          );
        const regions = await regionsOf(testEnv);
        taken.push(regions.map((region) => ownBytes(region)));
        for (const region of regions)
          expectThat(
            `no more than ${Math.max(percentage, 50)} % of ${region.name}`,
            ownBytes(region) <= (region.sizeBytes * Math.max(percentage, 50)) / 100,
            region,
          );
        record.figure(
          `-pmemPercentage=${percentage}: ${regions
            .map((region) => `${ownBytes(region) / mebibyte} of ${region.sizeBytes / mebibyte} MiB`)
            .join(', ')}`,
        );
      }
      expectEqual('taken with 30 as with 50', taken[1], taken[0]);
      expectThat('more with 80', taken[2]?.every((bytes, i) => bytes > (taken[0]?.[i] ?? 0)) === true, taken);
      expectEqual('namespaces of others', await foreignOf(testEnv), foreign);
    }),
  },
];

/** A volume group in one region and plain data in the other, both in namespaces without our name. */
async function makeForeign(testEnv: MachineEnvironment): Promise<void> {
  const [small, large] = await regionsOf(testEnv);
  await shell(
    testEnv,
    `ndctl create-namespace -r ${small?.name} -m fsdax -s 64M -n theirs >/dev/null 2>&1
ndctl create-namespace -r ${large?.name} -m sector -l 4096 -s 64M >/dev/null 2>&1`,
  );
  const [first, second] = (await regionsOf(testEnv)).map(({ namespaces }) => namespaces[0]?.block);
  await shell(
    testEnv,
    `lvm vgcreate theirs /dev/${first} >/dev/null 2>&1
lvm lvcreate -y -L 16M -n data theirs >/dev/null 2>&1
dd if=/dev/urandom of=/dev/theirs/data bs=1M count=16 conv=fsync 2>/dev/null
dd if=/dev/urandom of=/dev/${second} bs=1M count=16 conv=fsync 2>/dev/null`,
  );
}

/** Namespaces that are not ours, with what is in them. */
async function foreignOf(
  testEnv: MachineEnvironment,
): Promise<(Pick<Namespace, 'name' | 'mode' | 'uuid' | 'rawBytes'> & { readonly digest: string })[]> {
  const found = (await regionsOf(testEnv)).map(async (region) => {
    const others = region.namespaces.filter(({ name }) => name !== ownName);
    return Promise.all(
      others.map(async (one) => {
        const { name, mode, uuid, rawBytes } = one;
        return { name, mode, uuid, rawBytes, digest: await digestOf(testEnv, region, one) };
      }),
    );
  });
  return (await Promise.all(found)).flat();
}

async function ownOf(testEnv: MachineEnvironment): Promise<Namespace[]> {
  const regions = await regionsOf(testEnv);
  return regions.flatMap(({ namespaces }) => namespaces.filter(({ name }) => name === ownName));
}

function ownBytes({ namespaces }: Region): number {
  const own = namespaces.filter(({ name }) => name === ownName);
  return own.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
}
