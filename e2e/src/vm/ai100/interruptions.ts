import { waitUntil } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { withBlankDrives } from './guest-host.ts';
import {
  changingCalls,
  powerLossSeen,
  type StopKind,
  type StopMoment,
  stopAtNextStep,
  stoppedSteps,
  wantsPowerLoss,
  withdrawStop,
} from './journal.ts';
import { GuestPlugin, startKubelet } from './plugin.ts';
import { bootHost, expectCache, freshHost, hostPath, pluginFlags, startUntilReady } from './plugin-host.ts';

/** A creation has nine steps that tools make, and each is stopped at once. */
const mostStarts = 20;
const fewestStops = 9;

type End = 'ready' | 'plugin' | 'machine';

/** The plugin, or the whole machine, is stopped at every step of the creation of a cache. */
export const interruptionCases: readonly Case<MachineEnvironment>[] = [
  {
    ...interruption('the plugin is killed before each step of the creation', 'plugin', 'before'),
    long: true,
  },
  { ...interruption('the plugin is killed after each step of the creation', 'plugin', 'after'), long: true },
  { ...interruption('the power fails after each step of the creation', 'machine', 'after'), long: true },
];

function interruption(what: string, kind: StopKind, moment: StopMoment): Case<MachineEnvironment> {
  return {
    name: `${what}, and the cache is the same`,
    deadlineMs: 1_200_000,
    run: withBlankDrives(async (testEnv, record) => {
      await freshHost(testEnv);
      const flags = await pluginFlags(testEnv);
      const stops = await stopAgainAndAgain(testEnv, { kind, moment, flags });
      record.figure(`${what}: ${stops.length} stops, at ${stops.join(', ')}`);
      expectThat('every step was met', stops.length >= fewestStops, stops);
      await expectCache(testEnv);
      await expectOneFormat(testEnv);
      await expectUse(testEnv, flags);
    }),
  };
}

/** Starts the plugin until it is ready, stopping it at a step that was not met each time; resolves with the steps. */
async function stopAgainAndAgain(
  testEnv: MachineEnvironment,
  {
    kind,
    moment,
    flags,
  }: { readonly kind: StopKind; readonly moment: StopMoment; readonly flags: readonly string[] },
): Promise<string[]> {
  for (let start = 0; start < mostStarts; start++) {
    await stopAtNextStep(testEnv, { kind, moment });
    const plugin = await GuestPlugin.start(testEnv, flags);
    const end = await untilEnd(testEnv, plugin);
    if (end === 'machine') await failPower(testEnv);
    if (end !== 'ready') continue;
    await withdrawStop(testEnv);
    await plugin.stop();
    return stoppedSteps(testEnv);
  }
  throw new Error(`no cache after ${mostStarts} starts: ${(await stoppedSteps(testEnv)).join(', ')}`);
}

async function untilEnd(testEnv: MachineEnvironment, plugin: GuestPlugin): Promise<End> {
  const { clock, signal } = testEnv;
  const look = async (): Promise<End | undefined> => {
    if (await wantsPowerLoss(testEnv)) return 'machine';
    const exit = await plugin.exit();
    if (exit !== null) {
      expectEqual('how the plugin ended', exit.signal, 'SIGKILL');
      return 'plugin';
    }
    return (await plugin.hasLogged('"cache state"', '"Ready"')) ? 'ready' : undefined;
  };
  return waitUntil('a stop or a ready cache', look, {
    ...{ clock, signal, deadlineMs: 300_000, intervalMs: 250 },
  });
}

/** The kubelet comes back when it is needed: a cache is made without one. */
async function failPower(testEnv: MachineEnvironment): Promise<void> {
  await testEnv.machine.powerOff();
  await powerLossSeen(testEnv);
  await testEnv.machine.powerOn();
  await bootHost(testEnv);
}

/** No mkfs after the volume was said to be ready: from then on it may hold data. */
async function expectOneFormat(testEnv: MachineEnvironment): Promise<void> {
  const calls = await changingCalls(testEnv);
  const ready = calls.findIndex((call) => call.includes('--addtag ai100.ready'));
  const formats = calls.flatMap((call, i) => (call.startsWith('mkfs') ? [i] : []));
  expectThat('a file system was made', formats.length > 0, calls);
  expectThat('none was made once it could hold data', Math.max(...formats) < ready, calls);
}

/** The cache takes data, and gives it back after a restart that changes nothing. */
async function expectUse(testEnv: MachineEnvironment, flags: readonly string[]): Promise<void> {
  const { machine } = testEnv;
  const write = await machine.run(['sh', '-c', `echo kept > ${hostPath}/data && sync -f ${hostPath}/data`]);
  expectEqual('a write', write.code, 0);
  const before = await changingCalls(testEnv);
  await startKubelet(testEnv);
  const plugin = await startUntilReady(testEnv, flags);
  await plugin.stop();
  expectEqual('calls that change something', await changingCalls(testEnv), before);
  expectEqual('data', await machine.call('read', { path: `${hostPath}/data` }), 'kept\n');
}
