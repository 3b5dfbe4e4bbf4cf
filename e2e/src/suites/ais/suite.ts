import { type KubeObject, resources } from '@rackwright/kube';
import { type Case, inLane } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { Suite } from '../../suite.ts';
import { change, clusterObject, storageClass, untilReady } from './cluster.ts';
import { ObjectClient } from './object-client.ts';

const objects = 200;

const scaling: Case = {
  name: 'an AIStore comes up, and its objects are all there when it grows, shrinks and takes another image; deleted it leaves nothing',
  deadlineMs: 600_000,
  only: 'simulated',
  async run(testEnv, record) {
    await CaseNamespace.use(testEnv, 'ais', async (namespace) => {
      const className = `ais-${namespace.name}`;
      await namespace.apply(storageClass(className), clusterObject('ais', className));
      try {
        const { status } = await untilReady(testEnv, namespace, 'ais');
        record('URL', status?.intraClusterURL?.replace(namespace.name, 'NAMESPACE'));
        const client = await ObjectClient.start(namespace, status?.intraClusterURL ?? '');
        await client.put('images', objects);
        for (const size of [3, 2]) {
          const { status: after } = await change(testEnv, namespace, 'ais', { size });
          expectEqual('targets', after?.targets?.ready, size);
          expectEqual(`objects with ${size} targets`, await client.read('images', objects), objects);
        }
        const nodeImage = 'docker.io/aistorage/aisnode:v5.0';
        const { status: rolled } = await change(testEnv, namespace, 'ais', { nodeImage });
        expectEqual('targets with the other image', rolled?.targets?.updated, 2);
        expectEqual('objects after it', await client.read('images', objects), objects);
        const words = ['delete', 'aistore', 'ais', '--wait', '--timeout=90s'];
        const outcome = await namespace.kubectl(...words);
        expectEqual(`exit code of kubectl delete: ${outcome.stderr}`, outcome.code, 0);
        for (const type of [
          resources.pods,
          resources.services,
          resources.persistentVolumeClaims,
          resources.jobs,
        ])
          await eventually(testEnv, `${type.plural} of the cluster to go`, async () => {
            const { items } = await testEnv.kube.list<KubeObject>(type, { namespace: namespace.name });
            return items.every(({ metadata }) => !metadata?.name?.includes('ais-'));
          });
      } finally {
        await namespace.kubectl('delete', 'aistore', '--all', '--wait=false');
        await testEnv.kubectl('delete', 'storageclass', className, '--wait=false');
      }
    });
  },
};

const granted = 'given to the pods of clusters, and nobody may give what he has not';

export const suite: Suite = {
  hosts: {},
  values: ['ais-operator.enabled=true'],
  accounts: () => ['rackwright-ais-operator'],
  spareRights: {
    'update aistores.ais.nvidia.com/finalizers': 'asked for where owners that hold up a deletion are checked',
    'get pods': granted,
    'create pods': granted,
    'update pods': granted,
    'get pods/log': granted,
    'get services': granted,
    'update services': granted,
    'patch poddisruptionbudgets.policy': 'the budget of a cluster that has one is changed',
    'patch jobs.batch': 'a job that somebody changed',
    'patch events.events.k8s.io': 'an event that comes again is counted',
    'update leaderterms.rackwright.io': 'a second leader',
  },
  cases: inLane('AIStore', scaling),
  removal: [],
};
