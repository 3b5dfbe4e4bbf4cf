import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { withCache } from './cache.ts';
import { cacheDrives, second } from './drives.ts';
import { controllerOf } from './guest-host.ts';
import { askKubelet, unitsAre, untilKubeletSees } from './plugin.ts';
import { bootHost, hostPath, startUntilReady } from './plugin-host.ts';

/** Some polls of the drives, and what a guest on a busy machine needs beside them. */
const pollsMs = 90_000;

const allUnits = (health: 'Healthy' | 'Unhealthy') => unitsAre(cacheDrives.length, health);

/** What a kubelet is told when drives fail. */
export const healthCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'a drive of the cache that is pulled makes every unit unhealthy, and the data is there when it is back',
    deadlineMs: 900_000,
    long: true,
    run: withCache(async (testEnv, { plugin, flags, record }) => {
      const { machine, clock } = testEnv;
      await machine.run(['sh', '-c', `echo kept > ${hostPath}/data && sync -f ${hostPath}/data`]);
      const units = (await askKubelet(testEnv)).devices.map(({ ID }) => ID);
      await machine.drives.unplug(second);
      const started = clock.monotonic();
      await untilKubeletSees(testEnv, 'unhealthy units', allUnits('Unhealthy'), pollsMs);
      const seconds = ((clock.monotonic() - started) / 1000).toFixed(1);
      record.figure(`a pulled drive: every unit unhealthy after ${seconds} s, with a poll every 5 s`);
      const { error } = await askKubelet(testEnv, { allocate: units });
      expectThat('Allocate is refused', error !== undefined, error);
      await machine.drives.plug(second);
      await controllerOf(testEnv, second);
      await plugin.kill();
      await machine.powerOff();
      await machine.powerOn();
      await bootHost(testEnv);
      const next = await startUntilReady(testEnv, flags);
      expectEqual('data', await machine.call('read', { path: `${hostPath}/data` }), 'kept\n');
      await next.stop();
    }),
  },
];
