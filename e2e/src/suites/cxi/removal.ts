import { cxiDevices, cxiDrivers } from '@rackwright/api';
import { cxi, kubernetes, rackwright } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Bed } from '../../bed.ts';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { devicesOf, eventually, sample } from '../../observe.ts';

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
      const before = await agentsOf(bed);
      const operators = await operatorPods(bed);
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
      // An operator that renders its DaemonSets otherwise would write them now.
      await untilReconciled(bed, operators);
      expectEqual('DaemonSets of the agents, and pods', await agentsOf(bed), before);
    },
  },
  {
    name: 'a CXIDevice nobody looks at any more becomes Unknown',
    deadlineMs: 240_000,
    only: 'simulated',
    async run(bed) {
      const [metadata, lastCheck] = [{ name: 'node-gone-cxi0' }, '2026-01-01T00:00:00Z'];
      const health = { status: 'Healthy' as const, lastCheck };
      const status = { node: 'node-gone', device: 'cxi0', type: 'pf' as const, health };
      const fieldManager = 'e2e';
      await bed.kube.apply(cxiDevices, { metadata }, { fieldManager });
      await bed.kube.apply(cxiDevices, { metadata, status }, { fieldManager, subresource: 'status' });
      // A new operator looks at once; the next look of this one may be five minutes away.
      const deployment = 'deployment/rackwright-operator-manager';
      const restarted = await bed.kubectl('rollout', 'restart', deployment, '--namespace', bed.namespace);
      expectEqual(`kubectl rollout restart: ${restarted.stderr}`, restarted.code, 0);
      const isUnknown = async () => {
        const device = await bed.kube.get(cxiDevices, metadata);
        return device.status?.health?.reason === 'AgentSilent' ? device.status.health : undefined;
      };
      const seen = await eventually(bed, 'it to be Unknown', isUnknown, { deadlineMs: 180_000 });
      expectEqual('its status, and its last look', [seen.status, seen.lastCheck], ['Unknown', lastCheck]);
      const others = (await devicesOf(bed)).filter((device) => device.metadata?.name !== metadata.name);
      const silent = others.filter((device) => device.status?.health?.reason === 'AgentSilent');
      expectEqual('NICs that are looked at', silent, []);
      await bed.kube.delete(cxiDevices, metadata);
    },
  },
  {
    name: 'helm uninstall takes back everything, CXIDevices and node labels too',
    deadlineMs: 240_000,
    async run(bed) {
      await bed.rights.note(bed);
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

/** DaemonSets of the agents with the generation of what they ask for, and their pods. */
async function agentsOf(bed: Bed): Promise<string[]> {
  const ours = {
    namespace: bed.namespace,
    labelSelector: `${kubernetes.label.managedBy}=${cxi.managedBy}`,
  };
  const daemonSets = await bed.kube.list(resources.daemonSets, ours);
  const pods = await bed.kube.list(resources.pods, ours);
  return [
    ...daemonSets.items.map(({ metadata }) => `${metadata?.name} generation ${metadata?.generation}`),
    ...pods.items.map(({ metadata }) => `${metadata?.name} ${metadata?.uid}`),
  ].sort();
}

async function operatorPods(bed: Bed): Promise<string[]> {
  const { items } = await bed.kube.list(resources.pods, {
    namespace: bed.namespace,
    labelSelector: `${kubernetes.label.name}=operator-manager`,
  });
  return items.map(({ metadata }) => metadata?.name ?? '');
}

/** Waits until an operator that is none of `former` has ended a reconcile of the CXIDriver. */
async function untilReconciled(bed: Bed, former: readonly string[]): Promise<void> {
  await eventually(
    bed,
    'the new operator to have reconciled',
    async () => {
      const pods = (await operatorPods(bed)).filter((name) => !former.includes(name));
      const texts = pods.map((name) =>
        bed.fetchFromPod({ namespace: bed.namespace, name }, 8443, '/metrics'),
      );
      const ended = (await Promise.all(texts)).flatMap((text) =>
        ['success', 'requeued'].map(
          (outcome) =>
            sample(text, rackwright.controllerMetric.reconciles, { controller: 'cxidriver', outcome }) ?? 0,
        ),
      );
      return ended.some((count) => count >= 1);
    },
    // The lease of an operator that could not give it back has to run out first.
    { deadlineMs: 90_000 },
  );
}
