import { parseMountinfo } from '@rackwright/host';
import { Lvm, mountAt } from '@rackwright/storage';
import { GuestNode, type GuestPod, waitUntil } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { guestTools, withBlankDrives } from './guest-host.ts';
import { GuestPlugin, resource } from './plugin.ts';
import { freshHost, hostPath, mountHostDrive, pluginFlags, pluginStatus } from './plugin-host.ts';

/** The seed's example pod, with what this case looks at for a command, and without a registry for its image. */
function seedPod(name: string, units: number) {
  const look = `/bin/busybox cat /proc/self/mountinfo > ${hostPath}/${name} && exec /bin/busybox sleep 3600`;
  return {
    metadata: { name, namespace: 'default' },
    spec: {
      // The guest has no network of pods.
      hostNetwork: true,
      terminationGracePeriodSeconds: 1,
      restartPolicy: 'Never',
      containers: [
        {
          name: 'app',
          image: 'docker.io/rackwright/pause:1',
          imagePullPolicy: 'Never',
          command: ['/bin/busybox', 'sh', '-c', look],
          resources: { limits: { [resource]: String(units) } },
        },
      ],
    },
  };
}

const isRunning = ({ status }: GuestPod): boolean =>
  status.containerStatuses?.some(({ state }) => state?.running !== undefined) === true;

/** The plugin beside a real kubelet and containerd, over real drives. */
export const seedPodCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'a pod of two units runs on a real kubelet with the cache mounted, one of three is refused',
    deadlineMs: 900_000,
    long: true,
    run: withBlankDrives(async (testEnv) => {
      await freshHost(testEnv);
      await restart(testEnv);
      await mountHostDrive(testEnv);
      const node = await GuestNode.start(testEnv.machine, testEnv);
      const plugin = await GuestPlugin.start(testEnv, await pluginFlags(testEnv));
      await untilRegistered(testEnv);
      await node.runPod(seedPod('seed', 2));
      await node.untilPod('seed', 'runs', isRunning);
      await expectCacheInside(testEnv, 'seed');
      await node.runPod(seedPod('greedy', 3));
      const greedy = await node.untilPod('greedy', 'is refused', ({ status }) => status.phase === 'Failed');
      expectThat('the refusal names the resource', JSON.stringify(greedy.status).includes(resource), greedy);
      await node.removePod('seed');
      await plugin.stop();
      await restart(testEnv);
    }),
  },
];

/** Off and on again: another kubelet takes the place of the one that was there. */
async function restart({ machine }: MachineEnvironment): Promise<void> {
  await machine.powerOff();
  await machine.powerOn();
}

async function untilRegistered(testEnv: MachineEnvironment): Promise<void> {
  const { clock, signal, machine } = testEnv;
  const look = async (): Promise<boolean> => {
    const { cache } = await pluginStatus(testEnv);
    const { code } = await machine.run(['busybox', 'wget', '-qO-', 'http://127.0.0.1:8084/readyz']);
    return cache.state === 'Ready' && code === 0;
  };
  await waitUntil('a registered plugin', look, { clock, signal, deadlineMs: 180_000, intervalMs: 1000 });
}

/** The container wrote its mounts into the cache: what it has at the path is the logical volume. */
async function expectCacheInside(testEnv: MachineEnvironment, file: string): Promise<void> {
  const { clock, signal, machine } = testEnv;
  const path = `${hostPath}/${file}`;
  const look = async (): Promise<string | undefined> => (await machine.call('read', { path })) || undefined;
  const text = await waitUntil('the mounts of the container', look, { clock, signal });
  const { lvs } = await new Lvm(guestTools(testEnv)).report();
  expectEqual('device at the path', mountAt(parseMountinfo(text), hostPath)?.device, lvs[0]?.device);
}
