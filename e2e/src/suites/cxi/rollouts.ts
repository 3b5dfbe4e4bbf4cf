import { cxi, kubernetes } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { apps } from '@rackwright/registry';
import { expectAlwaysOffered, untilHandedOver } from '../../allocatable.ts';
import type { Case, Recorder } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { aNicNode, eventually } from '../../observe.ts';
import type { TestEnvironment, TestNode } from '../../test-environment.ts';
import { startWorkload, stopWorkload, untilPhase, workloadNamespace } from '../../workload.ts';
import { containersOf, imageOf, patchDriver, untilDriverReady } from './driver.ts';

const next = '0.1.0-next';

/** Containers of users' pods, with the number of their restarts. */
async function workloadsOf(testEnv: TestEnvironment): Promise<string[]> {
  const { items } = await testEnv.kube.list(resources.pods, { namespace: workloadNamespace });
  return items
    .map((pod) => {
      const [container] = pod.status?.containerStatuses ?? [];
      return `${pod.metadata?.name} ${container?.containerID} restarted ${container?.restartCount}`;
    })
    .sort();
}

/** Has a pod with a NIC run on `node` while `change` happens, and says what it cost. */
async function underWorkload(
  testEnv: TestEnvironment,
  { node, what, record }: { readonly node: TestNode; readonly what: string; readonly record: Recorder },
  change: () => Promise<void>,
): Promise<void> {
  await startWorkload(testEnv, { name: 'user', resource: cxi.resource.cxi, count: 1, node: node.name });
  try {
    await untilPhase(testEnv, 'user', 'Running');
    const before = await workloadsOf(testEnv);
    // The kubelet always has a plugin with healthy devices: libs/kubelet/README.md, Rolling updates.
    const offered = await expectAlwaysOffered(testEnv, node, async () => {
      await change();
      await untilOldPluginIsGone(testEnv, node);
    });
    expectEqual('containers of users', await workloadsOf(testEnv), before);
    record.figure(`${what}: ${offered}; no container of a user was restarted`);
  } finally {
    await stopWorkload(testEnv, 'user');
  }
}

/** The old plugin outlives the rollout a little, and the new one waits for its end. */
async function untilOldPluginIsGone(testEnv: TestEnvironment, node: TestNode): Promise<void> {
  await eventually(testEnv, `one device plugin on ${node.name}`, async () => {
    const { items } = await testEnv.kube.list(resources.pods, {
      namespace: testEnv.namespace,
      labelSelector: `${kubernetes.label.component}=${cxi.component.devicePlugin}`,
    });
    const names = items.filter((pod) => pod.spec?.nodeName === node.name).map((pod) => pod.metadata?.name);
    expectEqual(`plugins (${names.join(', ')})`, names.length, 1);
    return true;
  });
  if (node.real !== undefined) await untilHandedOver(testEnv, node.real);
}

async function upgrade(testEnv: TestEnvironment, ...words: string[]): Promise<void> {
  const outcome = await testEnv.helm(...words, '--namespace', testEnv.namespace, '--wait', '--timeout=3m');
  expectEqual(`helm ${words.join(' ')}: ${outcome.stderr}`, outcome.code, 0);
}

/** Waits until the operator that Helm has just replaced has rolled the agents out. */
async function untilImages(testEnv: TestEnvironment, tag: string): Promise<void> {
  await eventually(
    testEnv,
    `agents of version ${tag}`,
    async () => {
      for (const component of Object.values(cxi.component)) {
        const image = await imageOf(testEnv, `${testEnv.driver}-${component}`);
        expectThat(`image of ${component}`, image.endsWith(`:${tag}`), image);
      }
      return true;
    },
    { deadlineMs: 120_000 },
  );
  await untilDriverReady(testEnv, 180_000);
}

export const rollouts: readonly Case[] = [
  {
    name: 'agents that are rolled out anew restart no container of a user and leave the node its NICs',
    deadlineMs: 300_000,
    async run(testEnv, record) {
      const node = aNicNode(testEnv);
      const limits = { cpu: '300m', memory: '160Mi' };
      const before = await containersOf(testEnv, cxi.component.devicePlugin);
      const settings = (resources: unknown) => ({
        devicePlugin: { resources },
        metricsExporter: { resources },
      });
      try {
        await underWorkload(testEnv, { node, record, what: 'rollout of the agents' }, async () => {
          await patchDriver(testEnv, settings({ requests: { cpu: '10m', memory: '40Mi' }, limits }));
          await untilDriverReady(testEnv, 180_000);
        });
        const after = await containersOf(testEnv, cxi.component.devicePlugin);
        expectThat(
          'every device plugin is a new one',
          [...after.keys()].every((name) => !before.has(name)),
          [...after.keys()],
        );
      } finally {
        await patchDriver(testEnv, settings(null));
        await untilDriverReady(testEnv, 180_000);
      }
    },
  },
  {
    name: 'a chart upgrade to other images and the rollback restart no container of a user',
    only: 'node',
    deadlineMs: 600_000,
    async run(testEnv, record) {
      const node = aNicNode(testEnv);
      for (const { real } of testEnv.nodes) {
        for (const { name: app } of apps) {
          const image = `ghcr.io/rackwright/${app}`;
          await real?.tagImage(`${image}:0.1.0`, `${image}:${next}`);
        }
      }
      const agents = ['driverAgent', 'devicePlugin', 'retryHandler', 'metricsExporter'];
      const tags = ['image', ...agents.map((agent) => `agents.${agent}`)].flatMap((path) => [
        '--set',
        `operator-manager.${path}.tag=${next}`,
      ]);
      await underWorkload(testEnv, { node, record, what: 'chart upgrade' }, async () => {
        await upgrade(testEnv, 'upgrade', 'rackwright', testEnv.chart, '--reuse-values', ...tags);
        await untilImages(testEnv, next);
      });
      await underWorkload(testEnv, { node, record, what: 'rollback' }, async () => {
        await upgrade(testEnv, 'rollback', 'rackwright');
        await untilImages(testEnv, '0.1.0');
      });
    },
  },
];
