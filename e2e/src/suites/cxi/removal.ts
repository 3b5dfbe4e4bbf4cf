import { cxiDrivers } from '@rackwright/api';
import { cxi, kubernetes, rackwright } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { devicesOf, eventually, sample } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { silentDeviceUnknown } from './silent-device.ts';

/** Names of everything of ours that is still there. */
async function orphans(testEnv: TestEnvironment): Promise<string[]> {
  const ours = `${kubernetes.label.instance} in (rackwright,${testEnv.driver})`;
  const inNamespace = { namespace: testEnv.namespace, labelSelector: ours };
  const [pods, daemonSets, deployments, accounts, bindings, clusterRoles, roles, services, drivers] =
    await Promise.all([
      testEnv.kube.list(resources.pods, { namespace: testEnv.namespace }),
      testEnv.kube.list(resources.daemonSets, { namespace: testEnv.namespace }),
      testEnv.kube.list(resources.deployments, inNamespace),
      testEnv.kube.list(resources.serviceAccounts, { namespace: testEnv.namespace }),
      testEnv.kube.list(resources.clusterRoleBindings, { labelSelector: ours }),
      testEnv.kube.list(resources.clusterRoles, { labelSelector: ours }),
      testEnv.kube.list(resources.roles, inNamespace),
      testEnv.kube.list(resources.services, inNamespace),
      testEnv.kube.list(cxiDrivers),
    ]);
  const lists = { pods, daemonSets, deployments, accounts, bindings, clusterRoles, roles, services, drivers };
  const names = Object.entries(lists).flatMap(([kind, list]) =>
    list.items.map((item) => `${kind}/${item.metadata?.name}`),
  );
  const devices = (await devicesOf(testEnv)).map((item) => `cxidevices/${item.metadata?.name}`);
  return [...names, ...devices].filter((name) => name !== 'accounts/default');
}

export const removal: readonly Case[] = [
  {
    name: 'helm upgrade changes what it is told and restarts nothing else',
    deadlineMs: 180_000,
    async run(testEnv) {
      const before = await agentsOf(testEnv);
      const operators = await operatorPods(testEnv);
      const outcome = await testEnv.helm(
        'upgrade',
        'rackwright',
        testEnv.chart,
        '--namespace',
        testEnv.namespace,
        '--reuse-values',
        '--set',
        'operator-manager.logLevel=debug',
        '--wait',
        '--timeout=2m',
      );
      expectEqual(`helm upgrade: ${outcome.stderr}`, outcome.code, 0);
      // An operator that renders its DaemonSets otherwise would write them now.
      await untilReconciled(testEnv, operators);
      expectEqual('DaemonSets of the agents, and pods', await agentsOf(testEnv), before);
    },
  },
  silentDeviceUnknown,
  {
    name: 'helm uninstall takes back everything, CXIDevices and node labels too',
    deadlineMs: 240_000,
    async run(testEnv) {
      await testEnv.rights.note(testEnv);
      const outcome = await testEnv.helm(
        'uninstall',
        'rackwright',
        '--namespace',
        testEnv.namespace,
        '--wait',
        '--timeout=3m',
      );
      expectEqual(`helm uninstall: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
      await eventually(testEnv, 'nothing of ours to be left', async () => {
        expectEqual('orphans', await orphans(testEnv), []);
        return true;
      });
      const { items } = await testEnv.kube.list(resources.nodes);
      const labels = items
        .flatMap((node) => Object.keys(node.metadata?.labels ?? {}))
        .filter((key) => key.startsWith('slingshot.hpe.com/'));
      expectEqual('node labels left', labels, []);
      for (const node of testEnv.nodes) {
        for (const device of node.host.hardware.cxi.nics())
          expectEqual(`cxi_rh of ${device}`, node.host.hardware.cxi.retryHandlerPid(device), undefined);
      }
    },
  },
];

/** DaemonSets of the agents with the generation of what they ask for, and their pods. */
async function agentsOf(testEnv: TestEnvironment): Promise<string[]> {
  const ours = {
    namespace: testEnv.namespace,
    labelSelector: `${kubernetes.label.managedBy}=${cxi.managedBy}`,
  };
  const daemonSets = await testEnv.kube.list(resources.daemonSets, ours);
  const pods = await testEnv.kube.list(resources.pods, ours);
  return [
    ...daemonSets.items.map(({ metadata }) => `${metadata?.name} generation ${metadata?.generation}`),
    ...pods.items.map(({ metadata }) => `${metadata?.name} ${metadata?.uid}`),
  ].sort();
}

async function operatorPods(testEnv: TestEnvironment): Promise<string[]> {
  const { items } = await testEnv.kube.list(resources.pods, {
    namespace: testEnv.namespace,
    labelSelector: `${kubernetes.label.name}=operator-manager`,
  });
  return items.map(({ metadata }) => metadata?.name ?? '');
}

/** Waits until an operator that is none of `former` has ended a reconcile of the CXIDriver. */
async function untilReconciled(testEnv: TestEnvironment, former: readonly string[]): Promise<void> {
  await eventually(
    testEnv,
    'the new operator to have reconciled',
    async () => {
      const pods = (await operatorPods(testEnv)).filter((name) => !former.includes(name));
      const texts = pods.map((name) =>
        testEnv.fetchFromPod({ namespace: testEnv.namespace, name }, 8443, '/metrics'),
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
