import { aistores } from '@rackwright/api';
import { type Pod, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { clusterObject, untilReady } from './cluster.ts';
import { ObjectClient } from './object-client.ts';

const objects = 200;
const targets = 3;

export const nodeDrain: Case = {
  name: 'weakness 19: kubectl drain takes a target away once its objects are elsewhere, all of them are readable all the time, and it comes back with its node',
  deadlineMs: 600_000,
  long: true,
  only: 'simulated',
  async run(testEnv) {
    await CaseNamespace.use(testEnv, 'ais-drain', async (namespace) => {
      await namespace.apply(clusterObject('ais', 'local', { size: targets }));
      try {
        const { status } = await untilReady(testEnv, namespace, 'ais');
        const client = await ObjectClient.start(namespace, status?.intraClusterURL ?? '');
        await client.put('images', objects);
        const before = await targetPod(testEnv, namespace);
        const node = before.spec?.nodeName ?? '';
        try {
          await drain(testEnv, node);
          expectEqual('objects while the node is away', await client.read('images', objects), objects);
          await eventually(testEnv, 'the condition to tell what the target waits for', async () => {
            const { status: now } = await testEnv.kube.get(aistores, {
              namespace: namespace.name,
              name: 'ais',
            });
            const ready = now?.conditions?.find(({ type }) => type === 'Ready');
            if (ready?.reason === 'NodeDrained' && ready.message.includes('waiting for a node for pod'))
              return true;
            throw new Error(`${ready?.reason}: ${ready?.message}`);
          });
        } finally {
          await kubectl(testEnv, 'uncordon', node);
        }
        await untilReady(testEnv, namespace, 'ais');
        const after = await targetPod(testEnv, namespace);
        expectThat(
          'the pod is another one',
          after.metadata?.uid !== before.metadata?.uid,
          after.metadata?.uid,
        );
        expectEqual('objects with the node back', await client.read('images', objects), objects);
      } finally {
        await namespace.kubectl('delete', 'aistore', '--all', '--wait=false');
      }
    });
  },
};

function targetPod(testEnv: TestEnvironment, { name: namespace }: CaseNamespace): Promise<Pod> {
  return testEnv.kube.get(resources.pods, { namespace, name: `ais-target-${targets - 1}` });
}

/** Only targets: pods of the installation stay where they are, which other cases look at. */
async function drain(testEnv: TestEnvironment, node: string): Promise<void> {
  const chosen = '--pod-selector=app.kubernetes.io/component=target';
  await kubectl(testEnv, 'drain', node, '--ignore-daemonsets', chosen, '--timeout=120s');
}

async function kubectl(testEnv: TestEnvironment, ...words: string[]): Promise<void> {
  const outcome = await testEnv.kubectl(...words);
  expectEqual(`exit code of kubectl ${words[0]}: ${outcome.stderr}`, outcome.code, 0);
}
