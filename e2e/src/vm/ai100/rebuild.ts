import { join } from 'node:path';
import { type DriveSpec, sharedFolder, waitUntil } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { first, second } from './drives.ts';
import { deviceOf, withBlankDrives } from './guest-host.ts';
import { changingCalls } from './journal.ts';
import { freshHost, hostPath } from './plugin-host.ts';
import { type KeeperAnswer, type KeeperQuestion, keeperSocket } from './testing/keeper-protocol.ts';

const tenMinutes = 600_000;
/** So long the volume of a drive that is gone is missed. */
const aDay = 86_400_000;

/** New drives for the slot of the second one. */
const third: DriveSpec = { ...second, serial: 'AI1E2T0240000003' };
const fourth: DriveSpec = { ...second, serial: 'AI1E2T0240000004' };
const serials = [first, second, third, fourth].map(({ serial }) => serial);

type Pass = (question?: Partial<KeeperQuestion>) => Promise<KeeperAnswer>;

/** A case in which the keeper looks after caches of this layout whenever it is told to. */
function withKeeper(
  layout: KeeperQuestion['layout'],
  run: (testEnv: MachineEnvironment, pass: Pass) => Promise<void>,
): Case<MachineEnvironment>['run'] {
  return withBlankDrives(async (testEnv) => {
    const { machine, clock, signal } = testEnv;
    await freshHost(testEnv);
    // That of a keeper before would be there before this one listens.
    await machine.run(['rm', '-f', keeperSocket]);
    const pid = await machine.call('start', {
      argv: [process.execPath, machine.program('keeper')],
      env: {},
      log: join(sharedFolder, 'keeper.log'),
    });
    const ask = async (question: KeeperQuestion): Promise<KeeperAnswer> =>
      JSON.parse(
        await machine.call('ask', { socket: keeperSocket, line: JSON.stringify(question) }),
      ) as KeeperAnswer;
    const pass: Pass = (question) => ask({ layout, serials, allocatedUnits: 0, advanceMs: 0, ...question });
    try {
      const listens = async (): Promise<boolean> =>
        (await machine.run(['test', '-S', keeperSocket])).code === 0;
      await waitUntil('the keeper', listens, { clock, signal, deadlineMs: 180_000 });
      await run(testEnv, pass);
    } finally {
      if (machine.isOn) await machine.call('signal', { pid, name: 'SIGKILL' });
    }
  });
}

async function write({ machine }: MachineEnvironment, path: string): Promise<void> {
  const { code, stderr } = await machine.run(['sh', '-c', `echo kept > ${path} && sync -f ${path}`]);
  expectThat(`a write to ${path}`, code === 0, stderr);
}

/** Mapped devices of the kernel, by LVM's names. */
async function mapped({ machine }: MachineEnvironment): Promise<string[]> {
  const { stdout } = await machine.run(['dmsetup', 'info', '-c', '--noheadings', '-o', 'name']);
  return stdout.split('\n').filter((line) => line !== '' && line !== 'No devices found');
}

/** A cache that loses drives while its volume is active and mounted, on the kernel's own device mapper. */
export const rebuildCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'a cache that lost a drive while mounted is made anew with a new one, once nothing holds it',
    long: true,
    deadlineMs: 900_000,
    run: withKeeper('Striped', async (testEnv, pass) => {
      const { machine } = testEnv;
      const made = await pass();
      expectEqual(`the cache: ${made.message}`, made.state, 'Ready');
      await write(testEnv, `${hostPath}/data`);
      const holder = await machine.call('start', {
        argv: ['sleep', '3600'],
        env: {},
        log: `${hostPath}/log`,
      });
      await machine.drives.unplug(second);
      expectEqual('without the drive', (await pass()).state, 'Lost');
      await machine.drives.blank([third]);
      await deviceOf(testEnv, third);
      expectEqual('with a new one', (await pass()).state, 'Lost');
      expectEqual('told', (await pass({ advanceMs: tenMinutes })).state, 'Rebuilding');
      const before = (await changingCalls(testEnv)).length;
      const held = await pass();
      expectThat('a mount that is held stays', held.failure?.step === 'unmount', held);
      expectEqual('what is mapped', await mapped(testEnv), ['vg_aidaptiv-cache']);
      await machine.call('signal', { pid: holder, name: 'SIGKILL' });
      let now = await pass();
      if (now.state !== 'Ready') now = await pass({ advanceMs: tenMinutes });
      if (now.state !== 'Ready') now = await pass();
      expectEqual(`made anew: ${now.message}`, now.state, 'Ready');
      const calls = (await changingCalls(testEnv)).slice(before);
      expectThat('another volume', now.volumes[0]?.lvUuid !== made.volumes[0]?.lvUuid, now);
      expectEqual('its drives', now.volumes[0]?.members, [first.serial, third.serial]);
      expectEqual('file systems made', calls.filter((call) => call.startsWith('mkfs')).length, 1);
      expectEqual('old data', await machine.call('read', { path: `${hostPath}/data` }), null);
      expectEqual('what is mapped', await mapped(testEnv), ['vg_aidaptiv-cache']);
      await write(testEnv, `${hostPath}/data`);
    }),
  },
  {
    name: 'a cache of which every drive is pulled stays lost whatever is plugged in, and is back with them',
    long: true,
    deadlineMs: 900_000,
    run: withKeeper('Striped', async (testEnv, pass) => {
      const { machine } = testEnv;
      expectEqual('the cache', (await pass()).state, 'Ready');
      await write(testEnv, `${hostPath}/data`);
      await machine.drives.unplug(second);
      await machine.drives.unplug(first);
      const before = await changingCalls(testEnv);
      for (const advanceMs of [0, tenMinutes, 0]) {
        const { state, message } = await pass({ advanceMs });
        expectEqual(`without any drive: ${message}`, state, 'Lost');
      }
      await machine.drives.plug(first);
      await deviceOf(testEnv, first);
      expectEqual('with one of two', (await pass()).state, 'Lost');
      expectEqual('calls that change something', await changingCalls(testEnv), before);
      await machine.drives.plug(second);
      await deviceOf(testEnv, second);
      const held = await pass({ allocatedUnits: 1 });
      expectThat('a container holds what was there before', held.state === 'Lost', held);
      const back = await pass();
      expectEqual(`with both: ${back.message}`, back.state, 'Ready');
      expectEqual('data', await machine.call('read', { path: `${hostPath}/data` }), 'kept\n');
    }),
  },
  {
    name: 'with a volume for each drive a pulled one is lost alone, and a new one gets its own',
    long: true,
    deadlineMs: 900_000,
    run: withKeeper('PerDevice', async (testEnv, pass) => {
      const { machine } = testEnv;
      const made = await pass();
      expectEqual(`the volumes: ${made.message}`, made.state, 'Ready');
      const paths = made.volumes.map((volume) => volume.hostPath);
      expectEqual('where they are mounted', paths, [hostPath, '/mnt/nvme1']);
      for (const path of paths) await write(testEnv, `${path}/data`);
      await machine.drives.unplug(second);
      const states = ({ volumes }: KeeperAnswer): string[] =>
        volumes.map(({ vg, state, members }) => `${vg} ${state} ${members.join()}`).sort();
      const other = `vg_aidaptiv0 Ready ${first.serial}`;
      expectEqual('without one', states(await pass()), [other, `vg_aidaptiv1 Lost ${second.serial}`]);
      await write(testEnv, `${hostPath}/data`);
      await machine.drives.blank([third]);
      await deviceOf(testEnv, third);
      expectEqual('with a new one', states(await pass()), [
        other,
        `vg_aidaptiv1 Lost ${second.serial}`,
        `vg_aidaptiv2 Ready ${third.serial}`,
      ]);
      expectEqual('a day later', states(await pass({ advanceMs: aDay + 1 })), [
        other,
        `vg_aidaptiv2 Ready ${third.serial}`,
      ]);
      // The kernel still has the volume that nobody misses any more: its name is not free.
      await machine.drives.unplug(third);
      await machine.drives.blank([fourth]);
      await deviceOf(testEnv, fourth);
      expectEqual('with another new one', states(await pass()), [
        other,
        `vg_aidaptiv2 Lost ${third.serial}`,
        `vg_aidaptiv3 Ready ${fourth.serial}`,
      ]);
    }),
  },
];
