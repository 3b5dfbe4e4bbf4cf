import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import { untilDriverRuns } from './deployment.ts';
import { claim, claimed, endPod, untilDone, untilPhase, volumePod, withClass } from './volume-user.ts';

const user = 4711;
const group = 4712;

export const podAccess: Case = {
  name: 'a volume belongs to the fsGroup of its pod, and a ReadWriteOncePod claim is of one pod alone',
  // Containers of simulated nodes have no users.
  only: 'node',
  async run(testEnv) {
    await untilDriverRuns(testEnv);
    await CaseNamespace.use(testEnv, 'pmem-access', (namespace) =>
      withClass(testEnv, namespace, async (className) => {
        const securityContext = { runAsUser: user, runAsNonRoot: true, fsGroup: group };
        const script = 'echo mine > data/file && stat -c %u:%g data/file && exec sleep 3600';
        const more = { securityContext };
        await namespace.apply(
          claim('alone', className, { accessMode: 'ReadWriteOncePod' }),
          volumePod('first', script, claimed('alone'), more),
        );
        await untilPhase(testEnv, namespace, 'first', 'Running');
        await eventually(testEnv, 'the first pod to have written', async () => {
          const { stdout } = await namespace.kubectl('logs', 'first');
          return stdout === `${user}:${group}\n`;
        });
        await namespace.apply(volumePod('second', 'cat data/file', claimed('alone'), more));
        await eventually(testEnv, 'the scheduler to say why the second pod waits', async () => {
          const key = { namespace: namespace.name, name: 'second' };
          const { status } = await testEnv.kube.get(resources.pods, key);
          const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
          return scheduled?.message?.includes('ReadWriteOncePod') === true;
        });
        await endPod(namespace, 'first');
        expectEqual('what the second pod reads', await untilDone(testEnv, namespace, 'second'), 'mine\n');
      }),
    );
  },
};
