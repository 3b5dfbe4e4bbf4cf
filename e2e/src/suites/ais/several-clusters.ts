import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { clusterObject, untilReady } from './cluster.ts';
import { ObjectClient } from './object-client.ts';

const objects = 50;

export const severalClusters: Case = {
  name: 'two AIStores of one namespace each have their own objects in a bucket of one name, and one that is deleted leaves the other as it is',
  deadlineMs: 600_000,
  long: true,
  async run(testEnv) {
    await CaseNamespace.use(testEnv, 'ais', async (namespace) => {
      const names = ['one', 'one-proxy'];
      await namespace.apply(...names.map((name) => clusterObject(name, 'local')));
      try {
        const clients = new Map<string, ObjectClient>();
        for (const [i, name] of names.entries()) {
          const { status } = await untilReady(testEnv, namespace, name);
          const client = await ObjectClient.start(namespace, status?.intraClusterURL ?? '', {
            name: `client-${i}`,
          });
          await client.put('images', objects * (i + 1));
          clients.set(name, client);
        }
        for (const [i, name] of names.entries()) {
          const found = await clients.get(name)?.read('images', 2 * objects);
          expectEqual(`objects of ${name}`, found, objects * (i + 1));
        }
        const before = await podsOf(namespace, 'one-proxy');
        const { code, stderr } = await namespace.kubectl('delete', 'aistore', 'one', '--timeout=120s');
        expectEqual(`exit code of kubectl delete: ${stderr}`, code, 0);
        expectEqual('pods of the other', await podsOf(namespace, 'one-proxy'), before);
        expectEqual(
          'objects of the other',
          await clients.get('one-proxy')?.read('images', 2 * objects),
          2 * objects,
        );
      } finally {
        await namespace.kubectl('delete', 'aistore', '--all', '--wait=false');
      }
    });
  },
};

/** Names and UIDs of a cluster's pods: one that was made anew has another. */
async function podsOf(namespace: CaseNamespace, cluster: string): Promise<string> {
  const columns = 'custom-columns=:metadata.name,:metadata.uid,:.status.containerStatuses[0].restartCount';
  const { stdout } = await namespace.kubectl(
    'get',
    'pods',
    `--selector=app.kubernetes.io/name=${cluster}`,
    '-o',
    columns,
  );
  return stdout;
}
