import { parseMountinfo } from '@rackwright/host';
import { mountAt } from '@rackwright/storage';
import type { Case, Recorder } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { withBlankDrives } from './guest-host.ts';
import { changingCalls } from './journal.ts';
import { askKubelet, type GuestPlugin } from './plugin.ts';
import { expectCache, freshHost, hostPath, pluginFlags, startUntilReady } from './plugin-host.ts';

/** The plugin over the cache it has made, and how it was started. */
interface Running {
  readonly plugin: GuestPlugin;
  readonly flags: readonly string[];
  readonly record: Recorder;
}

type Run = (testEnv: MachineEnvironment, running: Running) => Promise<void>;

/** A case that begins with the plugin running, also with these flags, over a cache it has just made. */
export function withCache(run: Run, more: readonly string[] = []): Case<MachineEnvironment>['run'] {
  return withBlankDrives(async (testEnv, record) => {
    await freshHost(testEnv);
    const flags = [...(await pluginFlags(testEnv)), ...more];
    const plugin = await startUntilReady(testEnv, flags);
    try {
      await run(testEnv, { plugin, flags, record });
    } finally {
      await plugin.endIfRunning();
    }
  });
}

const restarts = 20;

/** The cache as a user of a node gets it, made by the real plugin on real drives. */
export const cacheCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'two drives become a striped cache, and a container gets units with its mount',
    run: withCache(async (testEnv) => {
      const { machine } = testEnv;
      await expectCache(testEnv);
      const calls = await changingCalls(testEnv);
      expectEqual('calls of mkfs', calls.filter((call) => call.startsWith('mkfs')).length, 1);
      const { stdout } = await machine.run(['xfs_info', hostPath]);
      expectThat('XFS is of the fifth version and knows the stripes', isAsSpecified(stdout), stdout);
      const mounts = parseMountinfo((await machine.call('read', { path: '/proc/1/mountinfo' })) ?? '');
      const mount = mountAt(mounts, hostPath);
      for (const option of ['rw', 'noatime', 'nosuid', 'nodev'])
        expectThat(`mounted ${option}`, mount?.options.includes(option) === true, mount);
      const { devices } = await askKubelet(testEnv);
      const units = devices.map(({ ID }) => ID);
      expectEqual('units', units, ['ai100-ai1e2t0240000001', 'ai100-ai1e2t0240000002']);
      const { container, error } = await askKubelet(testEnv, { allocate: units });
      expectEqual('error of Allocate', error, undefined);
      const given = container?.mounts.map(({ hostPath, containerPath, readOnly }) => ({
        ...{ hostPath, containerPath, readOnly },
      }));
      expectEqual('mounts of a container', given, [{ hostPath, containerPath: hostPath, readOnly: false }]);
      expectEqual('its environment', container?.envs.AI100_UNITS, '2');
      expectEqual('before it starts', (await askKubelet(testEnv, { preStart: units })).error, undefined);
    }),
  },
  {
    name: `${restarts} restarts of the plugin change nothing, and the data stays`,
    deadlineMs: 900_000,
    long: true,
    run: withCache(async (testEnv, { plugin: started, flags }) => {
      const { machine } = testEnv;
      await machine.run(['sh', '-c', `echo kept > ${hostPath}/data && sync -f ${hostPath}/data`]);
      const before = await changingCalls(testEnv);
      let plugin = started;
      for (let restart = 0; restart < restarts; restart++) {
        // In turn as a kubelet ends it and as a node that has no memory left does.
        if (restart % 2 === 0) await plugin.stop();
        else await plugin.kill();
        plugin = await startUntilReady(testEnv, flags);
      }
      await plugin.stop();
      expectEqual('calls that change something', await changingCalls(testEnv), before);
      expectEqual('data', await machine.call('read', { path: `${hostPath}/data` }), 'kept\n');
    }),
  },
];

function isAsSpecified(info: string): boolean {
  return /crc=1/.test(info) && /sunit=32\s+swidth=64 blks/.test(info);
}
