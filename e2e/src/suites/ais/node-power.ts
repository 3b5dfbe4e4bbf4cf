import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import { clusterObject, untilReady } from './cluster.ts';
import { ObjectClient } from './object-client.ts';

const objects = 200;

export const nodePower: Case = {
  name: 'a target and the first proxy of an AIStore whose node loses its power come back, with every object',
  deadlineMs: 600_000,
  only: 'node',
  long: true,
  async run(testEnv) {
    await CaseNamespace.use(testEnv, 'ais', async (namespace) => {
      await namespace.apply(clusterObject('ais', 'local', { size: 3 }));
      try {
        const { status } = await untilReady(testEnv, namespace, 'ais');
        const dying = { namespace: namespace.name, name: 'ais-proxy-0' };
        const { spec, metadata } = await testEnv.kube.get(resources.pods, dying);
        const node = testEnv.nodes.find(({ name }) => name === spec?.nodeName);
        const other = testEnv.nodes.find(({ name }) => name !== spec?.nodeName);
        const client = await ObjectClient.start(namespace, status?.intraClusterURL ?? '', {
          node: other?.name ?? '',
        });
        await client.put('images', objects);
        await node?.real?.restart();
        await eventually(testEnv, 'the containers of the node to be new ones', async () => {
          const pod = await testEnv.kube.get(resources.pods, dying);
          expectEqual('UID of the pod', pod.metadata?.uid, metadata?.uid);
          const restarts = pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
          expectThat('it was started again', restarts > 0, restarts);
          return true;
        });
        const { status: after } = await untilReady(testEnv, namespace, 'ais');
        expectEqual('targets', after?.targets?.ready, 3);
        expectEqual('objects after it', await client.read('images', objects), objects);
      } finally {
        await namespace.kubectl('delete', 'aistore', '--all', '--wait=false');
      }
    });
  },
};
