import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { withCache } from './cache.ts';
import { cacheDrives, second } from './drives.ts';
import { changingCalls } from './journal.ts';
import { askKubelet, untilKubeletSees } from './plugin.ts';
import { expectCache, hostPath } from './plugin-host.ts';

/** Some polls of the drives, and what a guest on a busy machine needs beside them. */
const pollsMs = 90_000;

/** How long a drive that failed must be well; five minutes where nobody says otherwise. */
const cleanSeconds = 20;

const inSeconds = (ms: number): string => (ms / 1000).toFixed(1);

/** Does something, and resolves with how long after it began the kubelet had every unit as of this health. */
async function untilUnitsAre(
  testEnv: MachineEnvironment,
  health: 'Healthy' | 'Unhealthy',
  { deadlineMs, after }: { readonly deadlineMs: number; readonly after: () => Promise<void> },
): Promise<number> {
  const started = testEnv.clock.monotonic();
  await after();
  await untilKubeletSees(testEnv, { count: cacheDrives.length, health }, deadlineMs);
  return testEnv.clock.monotonic() - started;
}

/** What a kubelet is told when drives fail. */
export const healthCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'a drive of the cache that is pulled makes every unit unhealthy, and the data is there when it is back',
    deadlineMs: 900_000,
    long: true,
    run: withCache(
      async (testEnv, { plugin, record }) => {
        const { machine } = testEnv;
        const path = `${hostPath}/data`;
        await machine.run(['sh', '-c', `echo kept > ${path} && sync -f ${path}`]);
        const units = (await askKubelet(testEnv)).devices.map(({ ID }) => ID);
        const unplug = (): Promise<void> => machine.drives.unplug(second);
        const failedMs = await untilUnitsAre(testEnv, 'Unhealthy', { deadlineMs: pollsMs, after: unplug });
        record.figure(
          `a pulled drive: every unit unhealthy after ${inSeconds(failedMs)} s, polled every 5 s`,
        );
        const { error } = await askKubelet(testEnv, { allocate: units });
        expectThat('Allocate is refused', error !== undefined, error);
        const before = await changingCalls(testEnv);
        const deadlineMs = cleanSeconds * 1000 + 2 * pollsMs;
        const plug = (): Promise<void> => machine.drives.plug(second);
        const wellMs = await untilUnitsAre(testEnv, 'Healthy', { deadlineMs, after: plug });
        record.figure(`plugged in again: healthy after ${inSeconds(wellMs)} s, clean time ${cleanSeconds} s`);
        expectThat('not before the clean time is over', wellMs >= cleanSeconds * 1000, wellMs);
        const calls = (await changingCalls(testEnv)).slice(before.length);
        expectEqual(
          'file systems made',
          calls.filter((call) => call.startsWith('mkfs')),
          [],
        );
        await expectCache(testEnv);
        expectEqual('data', await machine.call('read', { path }), 'kept\n');
        const { container } = await askKubelet(testEnv, { allocate: units });
        expectEqual('units of a container', container?.envs.AI100_UNITS, '2');
        await plugin.stop();
      },
      [`--clean-time=${cleanSeconds}s`],
    ),
  },
];
