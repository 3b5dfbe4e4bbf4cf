import { csi } from '@rackwright/csi';
import { waitUntil } from '@rackwright/testbed';
import type { Case, Recorder } from '../../case.ts';
import { expectThat } from '../../expect.ts';
import { percentile } from '../../percentile.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { callBytes } from './guest-csi.ts';
import { type GuestDriver, withDriver } from './guest-driver.ts';
import { onBlankHost, shell, stagingFolder, stateFolder, untilErased } from './guest-host.ts';
import { GuestVolume } from './guest-volume.ts';
import { regionsOf } from './regions.ts';
import type { CsiCallBytes } from './testing/csi-caller-protocol.ts';
import { createRequest, idOf, publishRequest, stageRequest, type VolumeWish } from './volume-requests.ts';

const { ControllerService: controller, NodeService: node } = csi;

/** Volumes one after the other. */
const rounds = 5;
const idleMs = 30_000;
const wish: VolumeWish = {
  ...{ name: 'measured', mebibytes: 32n, fileSystem: 'ext4' },
  parameters: { eraseafter: 'false' },
};

/** What volumes cost. */
export const figureCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'the life of a volume beside the same tools by hand, and the programs it takes',
    long: true,
    deadlineMs: 900_000,
    run: onBlankHost((testEnv, record) =>
      withDriver(testEnv, 'lvm', [], async (driver) => {
        const names = Array.from({ length: rounds }, (_, i) => `measured-${i}`);
        await shell(testEnv, names.map((name) => `mkdir -p ${stagingFolder}/${name}`).join('\n'));
        const started = testEnv.clock.monotonic();
        const programs = await programsDuring(testEnv, async () => {
          await driver.csi.inSequence(names.flatMap(lifeOf));
          await untilErased(testEnv);
        });
        const ours = testEnv.clock.monotonic() - started;
        const hand = await milliseconds(testEnv, await handScript(testEnv));
        const perSecond = (ms: number): string => ((1000 * rounds) / ms).toFixed(2);
        record.figure(
          `create to delete, lvm: ${perSecond(ours)} volumes/s, by hand ${perSecond(hand)}; ${(ours / hand).toFixed(2)} times the time`,
        );
        record.figure(`programs started for ${rounds} volumes: ${programs.length}, ${counted(programs)}`);
        const idle = await programsDuring(testEnv, () => testEnv.clock.sleep(idleMs, testEnv.signal));
        record.figure(`programs started in ${idleMs / 1000} s of idleness: ${idle.length}`);
        expectThat('nothing is started while idle', idle.length === 0, idle);
      }),
    ),
  },
  {
    name: 'other calls are answered while 1 GiB is erased',
    long: true,
    deadlineMs: 900_000,
    run: onBlankHost((testEnv, record) =>
      withDriver(testEnv, 'lvm', [], (driver) => measureErase(testEnv, driver, record)),
    ),
  },
];

/** Calls from create to delete, as the provisioner and the kubelet make them. */
function lifeOf(name: string): CsiCallBytes[] {
  const one = { ...wish, name };
  const volume = { wish: one, id: idOf(name), context: { ...wish.parameters, name } };
  const { volumeId, stagingTargetPath, targetPath } = publishRequest(volume);
  return [
    callBytes(controller.createVolume, createRequest(one)),
    callBytes(node.nodeStageVolume, stageRequest(volume)),
    callBytes(node.nodePublishVolume, publishRequest(volume)),
    callBytes(node.nodeUnpublishVolume, { volumeId, targetPath }),
    callBytes(node.nodeUnstageVolume, { volumeId, stagingTargetPath }),
    callBytes(controller.deleteVolume, { volumeId, secrets: {} }),
  ];
}

/** The same for as many volumes by an administrator who knows what is there. */
async function handScript(testEnv: MachineEnvironment): Promise<string> {
  const [region] = await regionsOf(testEnv);
  const group = `ndbus0${region?.name}fsdax`;
  const device = `/dev/${group}/by-hand`;
  return `mkdir -p /mnt/hand
for round in $(seq ${rounds}); do
lvm lvcreate -Zn -Wn -L ${wish.mebibytes}M -n by-hand ${group}
dd if=/dev/zero of=${device} bs=4096 count=1 conv=fsync
blkid --probe ${device} || true
mkfs.ext4 -q -b 4096 -E stride=512,stripe_width=512 -F ${device}
mkdir -p /mnt/pod
mount -t ext4 -o dax ${device} /mnt/hand
mount --bind /mnt/hand /mnt/pod
umount /mnt/pod
rmdir /mnt/pod
umount /mnt/hand
dd if=/dev/zero of=${device} bs=4096 count=1 conv=fsync
lvm lvremove -fy ${group}/by-hand
done`;
}

async function milliseconds(testEnv: MachineEnvironment, script: string): Promise<number> {
  const printed = await shell(
    testEnv,
    `start=$(date +%s%N)\n{ ${script}\n} >/dev/null 2>&1\necho $(( ($(date +%s%N) - start) / 1000000 ))`,
  );
  return Number(printed);
}

/** The programs that were started in the guest during `work`, which starts none itself. */
async function programsDuring(testEnv: MachineEnvironment, work: () => Promise<unknown>): Promise<string[]> {
  const tracing = '/sys/kernel/tracing';
  const event = `${tracing}/events/sched/sched_process_exec/enable`;
  await shell(
    testEnv,
    `mountpoint -q ${tracing} || mount -t tracefs tracefs ${tracing}; echo > ${tracing}/trace; echo 1 > ${event}`,
  );
  await work();
  const trace = (await testEnv.machine.call('read', { path: `${tracing}/trace` })) ?? '';
  await shell(testEnv, `echo 0 > ${event}`);
  return [...trace.matchAll(/sched_process_exec: filename=(\S+)/g)].map(([, path = '']) =>
    path.slice(path.lastIndexOf('/') + 1),
  );
}

/** How often each was started. */
function counted(programs: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const one of programs) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}

/** Deletes a volume of 1 GiB and asks other things until it is gone. */
async function measureErase(
  testEnv: MachineEnvironment,
  driver: GuestDriver,
  record: Recorder,
): Promise<void> {
  const { clock, signal, machine } = testEnv;
  const large = { name: 'large', mebibytes: 1024n, fileSystem: 'ext4' } as const;
  const volume = await GuestVolume.create(testEnv, driver, large);
  const other = await GuestVolume.create(testEnv, driver, wish);
  await other.attach();
  const started = clock.monotonic();
  const deleted = await driver.csi.timed(controller.deleteVolume, { volumeId: volume.id, secrets: {} });
  const taken: number[] = [];
  const calls = [
    callBytes(csi.IdentityService.getPluginInfo, {}),
    callBytes(controller.listVolumes, { maxEntries: 0, startingToken: '' }),
    callBytes(controller.createVolume, createRequest(wish)),
  ];
  const gone = async (): Promise<boolean> => {
    taken.push(...(await driver.csi.inSequence(calls)));
    return (await machine.call('read', { path: `${stateFolder}/${volume.id}.json` })) === null;
  };
  await waitUntil('the end of the erase', gone, { clock, signal, deadlineMs: 600_000 });
  record.figure(
    `erase of 1 GiB: answered after ${deleted.milliseconds.toFixed(0)} ms, done after ${((clock.monotonic() - started) / 1000).toFixed(1)} s; ${taken.length} other calls meanwhile, p50 ${percentile(taken, 0.5).toFixed(0)} ms, p99 ${percentile(taken, 0.99).toFixed(0)} ms`,
  );
  await other.remove();
}
