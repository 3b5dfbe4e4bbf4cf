import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { withBlankDrives } from './guest-host.ts';
import { askKubelet } from './plugin.ts';
import { freshHost, hostPath, pluginFlags, startUntilReady } from './plugin-host.ts';

const gibibyte = 1_073_741_824n;

/** Fills a file as far as it can be; prints how it ended and how large it is. */
const fill = `fallocate -l "$2" "$1/filled" 2>&1; stat -c %s "$1/filled"`;

/** Shares that hold: the real xfs_quota on a real XFS of the kernel. */
export const quotaCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'with DirectoryQuota a container comes to the end of its share, and of no other',
    long: true,
    run: withBlankDrives(async (testEnv) => {
      const { machine } = testEnv;
      await freshHost(testEnv);
      const flags = [...(await pluginFlags(testEnv)), '--isolation=DirectoryQuota'];
      const plugin = await startUntilReady(testEnv, flags);
      try {
        const [unit = '', other = ''] = (await askKubelet(testEnv)).devices.map(({ ID }) => ID);
        // The second time something of the first container is still there.
        for (const round of [1, 2]) {
          const { container, error } = await askKubelet(testEnv, { allocate: [unit] });
          expectEqual(`error of Allocate ${round}`, error, undefined);
          const [mount] = container?.mounts ?? [];
          expectEqual('folder', mount?.hostPath, `${hostPath}/.units/${unit}`);
          const share = BigInt(container?.envs.AI100_CACHE_BYTES ?? '0');
          expectThat('a share', share > 0n, container?.envs);
          const run = async (bytes: bigint): Promise<string> =>
            (await machine.run(['sh', '-c', fill, 'sh', mount?.hostPath ?? '', `${bytes}`])).stdout;
          // Before what is beyond: an allocation that fails half way keeps what it has.
          const within = share - gibibyte;
          expectEqual('its share holds', (await run(within)).trim(), `${within}`);
          const beyond = await run(share + 67_108_864n);
          expectThat('its share ends', /No space left|quota exceeded/i.test(beyond), beyond);
        }
        const { container } = await askKubelet(testEnv, { allocate: [other] });
        const text = await machine.run([
          'sh',
          '-c',
          fill,
          'sh',
          container?.mounts[0]?.hostPath ?? '',
          '1000000',
        ]);
        expectEqual('the other has its own', text.stdout.trim(), '1000000');
      } finally {
        await plugin.endIfRunning();
      }
    }),
  },
];
