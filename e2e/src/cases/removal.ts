import { cxiDrivers } from '@rackwright/api';
import { cxi, kubernetes } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Bed } from '../bed.ts';
import type { Case } from '../case.ts';
import { expectEqual } from '../expect.ts';
import { devicesOf, eventually } from '../observe.ts';
import { noteRights } from '../rights.ts';

/** Names of everything of ours that is still there. */
async function orphans(bed: Bed): Promise<string[]> {
  const ours = `${kubernetes.label.instance} in (rackwright,${bed.driver})`;
  const inNamespace = { namespace: bed.namespace, labelSelector: ours };
  const [pods, daemonSets, deployments, accounts, bindings, clusterRoles, roles, services, drivers] =
    await Promise.all([
      bed.kube.list(resources.pods, { namespace: bed.namespace }),
      bed.kube.list(resources.daemonSets, { namespace: bed.namespace }),
      bed.kube.list(resources.deployments, inNamespace),
      bed.kube.list(resources.serviceAccounts, { namespace: bed.namespace }),
      bed.kube.list(resources.clusterRoleBindings, { labelSelector: ours }),
      bed.kube.list(resources.clusterRoles, { labelSelector: ours }),
      bed.kube.list(resources.roles, inNamespace),
      bed.kube.list(resources.services, inNamespace),
      bed.kube.list(cxiDrivers),
    ]);
  const lists = { pods, daemonSets, deployments, accounts, bindings, clusterRoles, roles, services, drivers };
  const names = Object.entries(lists).flatMap(([kind, list]) =>
    list.items.map((item) => `${kind}/${item.metadata?.name}`),
  );
  const devices = (await devicesOf(bed)).map((item) => `cxidevices/${item.metadata?.name}`);
  return [...names, ...devices].filter((name) => name !== 'accounts/default');
}

export const removal: readonly Case[] = [
  {
    name: 'helm upgrade changes what it is told and restarts nothing else',
    deadlineMs: 180_000,
    async run(bed) {
      const before = await podIds(bed);
      const outcome = await bed.helm(
        'upgrade',
        'rackwright',
        bed.chart,
        '--namespace',
        bed.namespace,
        '--reuse-values',
        '--set',
        'operator-manager.logLevel=debug',
        '--wait',
        '--timeout=2m',
      );
      expectEqual(`helm upgrade: ${outcome.stderr}`, outcome.code, 0);
      expectEqual(
        'agents that were restarted',
        (await podIds(bed)).filter((id) => !before.includes(id)),
        [],
      );
    },
  },
  {
    name: 'helm uninstall takes back everything, CXIDevices and node labels too',
    deadlineMs: 240_000,
    async run(bed) {
      await noteRights(bed);
      const outcome = await bed.helm(
        'uninstall',
        'rackwright',
        '--namespace',
        bed.namespace,
        '--wait',
        '--timeout=3m',
      );
      expectEqual(`helm uninstall: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
      await eventually(bed, 'nothing of ours to be left', async () => {
        expectEqual('orphans', await orphans(bed), []);
        return true;
      });
      const { items } = await bed.kube.list(resources.nodes);
      const labels = items
        .flatMap((node) => Object.keys(node.metadata?.labels ?? {}))
        .filter((key) => key.startsWith('slingshot.hpe.com/'));
      expectEqual('node labels left', labels, []);
      for (const node of bed.nodes) {
        for (const device of node.host.nics())
          expectEqual(`cxi_rh of ${device}`, node.host.retryHandlerPid(device), undefined);
      }
    },
  },
];

async function podIds(bed: Bed): Promise<string[]> {
  const { items } = await bed.kube.list(resources.pods, {
    namespace: bed.namespace,
    labelSelector: `${kubernetes.label.managedBy}=${cxi.managedBy}`,
  });
  return items.map((item) => `${item.metadata?.name} ${item.metadata?.uid}`).sort();
}
