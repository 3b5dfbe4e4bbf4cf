import { type AIStore, aistores } from '@rackwright/api';
import { ais } from '@rackwright/keys';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { change, clusterObject, untilReady } from './cluster.ts';
import { ObjectClient } from './object-client.ts';

const objects = 200;
const goodImage = 'docker.io/aistorage/aisnode:v5.0';

/** What is wrong, what the condition Ready then says, and what mends it. */
const mistakes: readonly {
  readonly wrong: object;
  readonly says: RegExp;
  readonly right: object;
}[] = [
  {
    wrong: { nodeImage: 'docker.io/aistorage/no-such-node:v5.0' },
    says: /ais-proxy-1\W.*(ImagePullBackOff|ErrImagePull) of container ais-node.*no-such-node:v5\.0/,
    right: { nodeImage: goodImage },
  },
  {
    // The stand-in ends as it starts, as aisnode does with a wrong setting.
    wrong: {
      targetSpec: { env: [{ name: 'AIS_STAND_IN_FAULTS', value: '{"badStart":"a wrong setting"}' }] },
    },
    says: /ais-target-0\W.*CrashLoopBackOff of container ais-node/,
    right: { targetSpec: { env: null } },
  },
];

export const badTemplate: Case = {
  name: 'weakness 2: an AIStore that is given an image that does not exist, or what its targets end with, says so, keeps its objects, and takes the mend',
  deadlineMs: 600_000,
  long: true,
  async run(testEnv) {
    await CaseNamespace.use(testEnv, 'ais', async (namespace) => {
      await namespace.apply(clusterObject('ais', 'local', { size: 2 }));
      try {
        const { status } = await untilReady(testEnv, namespace, 'ais');
        const client = await ObjectClient.start(namespace, status?.intraClusterURL ?? '');
        await client.put('images', objects);
        const key = { namespace: namespace.name, name: 'ais' };
        for (const { wrong, says, right } of mistakes) {
          await testEnv.kube.patch(aistores, key, { spec: wrong }, { strategy: 'merge' });
          await untilItSays(testEnv, key, says);
          await change(testEnv, namespace, 'ais', right as Partial<AIStore['spec']>);
          expectEqual(`objects after ${says}`, await client.read('images', objects), objects);
        }
      } finally {
        await namespace.kubectl('delete', 'aistore', '--all', '--wait=false');
      }
    });
  },
};

/** Waits until the condition Ready is False with this message. */
async function untilItSays(
  testEnv: TestEnvironment,
  key: { readonly namespace: string; readonly name: string },
  says: RegExp,
): Promise<void> {
  await eventually(
    testEnv,
    `AIStore ${key.name} to say ${says}`,
    async () => {
      const { status } = await testEnv.kube.get(aistores, key);
      const ready = status?.conditions?.find(({ type }) => type === ais.condition.ready);
      if (ready?.status === 'False' && says.test(ready.message ?? '')) return true;
      throw new Error(`it says ${ready?.status}: ${ready?.message}`);
    },
    { deadlineMs: 120_000 },
  );
}
