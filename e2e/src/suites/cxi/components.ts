import { cxiDrivers } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import {
  aNicNode,
  componentPods,
  eventually,
  everyPodOf,
  type PodObject,
  resourceOf,
} from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { patchDriver, untilDriverReady, untilOffered } from './driver.ts';

function podNames(pods: readonly PodObject[]): string[] {
  return pods.map(({ metadata }) => metadata?.name ?? '').sort();
}

async function daemonSetNames(testEnv: TestEnvironment): Promise<string[]> {
  const { items } = await testEnv.kube.list(resources.daemonSets, { namespace: testEnv.namespace });
  return items.map((item) => item.metadata?.name ?? '').sort();
}

/** The garbage collector may be half a minute behind after a restart of the API server, which a case before this one is. */
const slow = { deadlineMs: 100_000 };

export const components: readonly Case[] = [
  {
    name: "what carries the operator's labels and is not wanted any more is pruned",
    async run(testEnv) {
      const [pod] = await componentPods(testEnv, cxi.component.driverAgent);
      const labels = { ...pod?.metadata?.labels };
      const name = 'binding-of-an-older-release';
      const rbac = 'rbac.authorization.k8s.io';
      const roleRef = { apiGroup: rbac, kind: 'ClusterRole' as const, name: 'view' };
      await testEnv.kube.create(resources.clusterRoleBindings, {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name, labels },
        roleRef,
      });
      await eventually(testEnv, `${name} to be pruned`, async () => {
        const { items } = await testEnv.kube.list(resources.clusterRoleBindings);
        return !items.some((item) => item.metadata?.name === name);
      });
    },
  },
  {
    name: 'a component that is switched off is removed with its account, and comes back when switched on',
    deadlineMs: 300_000,
    async run(testEnv) {
      const name = `${testEnv.driver}-${cxi.component.metricsExporter}`;
      await patchDriver(testEnv, { metricsExporter: { enabled: false } });
      await eventually(
        testEnv,
        `${name} and its ServiceAccount to be gone`,
        async () => {
          expectEqual('DaemonSets', (await daemonSetNames(testEnv)).includes(name), false);
          const { items } = await testEnv.kube.list(resources.serviceAccounts, {
            namespace: testEnv.namespace,
          });
          expectEqual(
            'ServiceAccount',
            items.some((item) => item.metadata?.name === name),
            false,
          );
          return true;
        },
        slow,
      );
      await untilDriverReady(testEnv);
      const left = await everyPodOf(testEnv, cxi.component.metricsExporter);
      expectEqual('its pods', podNames(left), []);
      // On, off and on again at once: no pod of the one before may stay.
      await patchDriver(testEnv, { metricsExporter: { enabled: true } });
      await eventually(testEnv, name, async () => (await daemonSetNames(testEnv)).includes(name));
      await patchDriver(testEnv, { metricsExporter: { enabled: false } });
      await patchDriver(testEnv, { metricsExporter: { enabled: true } });
      await eventually(
        testEnv,
        `a ready pod of ${name} on every node`,
        async () => {
          const pods = await componentPods(testEnv, cxi.component.metricsExporter);
          const ready = pods.filter((pod) =>
            pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
          );
          expectEqual('ready pods', ready.length, testEnv.nodes.length);
          const all = await everyPodOf(testEnv, cxi.component.metricsExporter);
          expectEqual('pods', podNames(all), podNames(ready));
          return true;
        },
        slow,
      );
      await untilDriverReady(testEnv);
    },
  },
  {
    name: 'a setting of the CXIDriver reaches the agents: exclusive mode offers one per NIC',
    deadlineMs: 180_000,
    async run(testEnv) {
      const node = aNicNode(testEnv);
      const before = await resourceOf(testEnv, node.name, cxi.resource.cxi);
      await patchDriver(testEnv, { devicePlugin: { sharingMode: 'exclusive' } });
      await untilOffered(testEnv, node, node.nics.count);
      await patchDriver(testEnv, { devicePlugin: { sharingMode: 'shared', sharedCapacity: 7 } });
      await untilOffered(testEnv, node, node.nics.count * 7);
      await patchDriver(testEnv, { devicePlugin: { sharedCapacity: before.allocatable / node.nics.count } });
      await untilOffered(testEnv, node, before.allocatable);
      await untilDriverReady(testEnv);
    },
  },
  {
    name: 'a second CXIDriver is ignored and says so, without harm to the first',
    async run(testEnv) {
      const second = {
        apiVersion: 'cxi.hpe.com/v1',
        kind: 'CXIDriver',
        metadata: { name: 'zz-second' },
        spec: { version: '1.0.0' },
      };
      await testEnv.kube.create(cxiDrivers, second as never);
      try {
        await eventually(testEnv, 'the second to be ignored', async () => {
          const object = await testEnv.kube.get(cxiDrivers, { name: 'zz-second' });
          const degraded = object.status?.conditions?.find((c) => c.type === 'Degraded');
          expectEqual('Degraded', [degraded?.status, degraded?.reason], ['True', 'AnotherCXIDriverActive']);
          return true;
        });
        expectThat(
          'no DaemonSet of the second',
          !(await daemonSetNames(testEnv)).some((name) => name.startsWith('zz-second')),
          await daemonSetNames(testEnv),
        );
        await untilDriverReady(testEnv);
      } finally {
        const outcome = await testEnv.kubectl('delete', 'cxidriver', 'zz-second', '--wait', '--timeout=60s');
        expectEqual(`deleting the second: ${outcome.stderr}`, outcome.code, 0);
      }
    },
  },
];
