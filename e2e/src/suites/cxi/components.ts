import { cxiDrivers } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Bed } from '../../bed.ts';
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
import { patchDriver, untilDriverReady, untilOffered } from './driver.ts';

function podNames(pods: readonly PodObject[]): string[] {
  return pods.map(({ metadata }) => metadata?.name ?? '').sort();
}

async function daemonSetNames(bed: Bed): Promise<string[]> {
  const { items } = await bed.kube.list(resources.daemonSets, { namespace: bed.namespace });
  return items.map((item) => item.metadata?.name ?? '').sort();
}

/** The garbage collector may be half a minute behind after a restart of the API server, which a case before this one is. */
const slow = { deadlineMs: 100_000 };

export const components: readonly Case[] = [
  {
    name: "what carries the operator's labels and is not wanted any more is pruned",
    async run(bed) {
      const [pod] = await componentPods(bed, cxi.component.driverAgent);
      const labels = { ...pod?.metadata?.labels };
      const name = 'binding-of-an-older-release';
      const rbac = 'rbac.authorization.k8s.io';
      const roleRef = { apiGroup: rbac, kind: 'ClusterRole' as const, name: 'view' };
      await bed.kube.create(resources.clusterRoleBindings, {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name, labels },
        roleRef,
      });
      await eventually(bed, `${name} to be pruned`, async () => {
        const { items } = await bed.kube.list(resources.clusterRoleBindings);
        return !items.some((item) => item.metadata?.name === name);
      });
    },
  },
  {
    name: 'a component that is switched off is removed with its account, and comes back when switched on',
    deadlineMs: 300_000,
    async run(bed) {
      const name = `${bed.driver}-${cxi.component.metricsExporter}`;
      await patchDriver(bed, { metricsExporter: { enabled: false } });
      await eventually(
        bed,
        `${name} and its ServiceAccount to be gone`,
        async () => {
          expectEqual('DaemonSets', (await daemonSetNames(bed)).includes(name), false);
          const { items } = await bed.kube.list(resources.serviceAccounts, { namespace: bed.namespace });
          expectEqual(
            'ServiceAccount',
            items.some((item) => item.metadata?.name === name),
            false,
          );
          return true;
        },
        slow,
      );
      await untilDriverReady(bed);
      const left = await everyPodOf(bed, cxi.component.metricsExporter);
      expectEqual('its pods', podNames(left), []);
      // On, off and on again at once: no pod of the one before may stay.
      await patchDriver(bed, { metricsExporter: { enabled: true } });
      await eventually(bed, name, async () => (await daemonSetNames(bed)).includes(name));
      await patchDriver(bed, { metricsExporter: { enabled: false } });
      await patchDriver(bed, { metricsExporter: { enabled: true } });
      await eventually(
        bed,
        `a ready pod of ${name} on every node`,
        async () => {
          const pods = await componentPods(bed, cxi.component.metricsExporter);
          const ready = pods.filter((pod) =>
            pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
          );
          expectEqual('ready pods', ready.length, bed.nodes.length);
          const all = await everyPodOf(bed, cxi.component.metricsExporter);
          expectEqual('pods', podNames(all), podNames(ready));
          return true;
        },
        slow,
      );
      await untilDriverReady(bed);
    },
  },
  {
    name: 'a setting of the CXIDriver reaches the agents: exclusive mode offers one per NIC',
    deadlineMs: 180_000,
    async run(bed) {
      const node = aNicNode(bed);
      const before = await resourceOf(bed, node.name, cxi.resource.cxi);
      await patchDriver(bed, { devicePlugin: { sharingMode: 'exclusive' } });
      await untilOffered(bed, node, node.nics.count);
      await patchDriver(bed, { devicePlugin: { sharingMode: 'shared', sharedCapacity: 7 } });
      await untilOffered(bed, node, node.nics.count * 7);
      await patchDriver(bed, { devicePlugin: { sharedCapacity: before.allocatable / node.nics.count } });
      await untilOffered(bed, node, before.allocatable);
      await untilDriverReady(bed);
    },
  },
  {
    name: 'a second CXIDriver is ignored and says so, without harm to the first',
    async run(bed) {
      const second = {
        apiVersion: 'cxi.hpe.com/v1',
        kind: 'CXIDriver',
        metadata: { name: 'zz-second' },
        spec: { version: '1.0.0' },
      };
      await bed.kube.create(cxiDrivers, second as never);
      try {
        await eventually(bed, 'the second to be ignored', async () => {
          const object = await bed.kube.get(cxiDrivers, { name: 'zz-second' });
          const degraded = object.status?.conditions?.find((c) => c.type === 'Degraded');
          expectEqual('Degraded', [degraded?.status, degraded?.reason], ['True', 'AnotherCXIDriverActive']);
          return true;
        });
        expectThat(
          'no DaemonSet of the second',
          !(await daemonSetNames(bed)).some((name) => name.startsWith('zz-second')),
          await daemonSetNames(bed),
        );
        await untilDriverReady(bed);
      } finally {
        const outcome = await bed.kubectl('delete', 'cxidriver', 'zz-second', '--wait', '--timeout=60s');
        expectEqual(`deleting the second: ${outcome.stderr}`, outcome.code, 0);
      }
    },
  },
];
