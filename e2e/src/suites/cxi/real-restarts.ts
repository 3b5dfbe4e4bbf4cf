import { cxi, kubernetes } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { pluginNotes, registrationTimes } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { aNicNode, componentPods, eventually, type PodObject, resourceOf } from '../../observe.ts';
import { percentile } from '../../percentile.ts';
import type { NodeControl, TestEnvironment, TestNode } from '../../test-environment.ts';
import { startWorkload, stopWorkload, untilPhase, workloadNamespace, workloadPod } from '../../workload.ts';

/** How often the kubelet is restarted; E2E_KUBELET_RESTARTS says otherwise. */
const restarts = Number(process.env.E2E_KUBELET_RESTARTS ?? 20);

/** A registration later than this is a failure, in milliseconds. */
const limitMs = 1000;

function nodeControl(node: TestNode): NodeControl {
  if (node.real === undefined) throw new Error(`${node.name} is not a real node`);
  return node.real;
}

/** Sockets in the kubelet's folder by resource: each registration has a socket of its own, named by a number. */
async function socketsOf(node: TestNode): Promise<string[]> {
  const names = await nodeControl(node).pluginFolder();
  return names
    .filter((name) => name.endsWith('.sock'))
    .map((name) => name.replace(/@.*(?=\.sock$)/, ''))
    .sort();
}

/** The container of a user's pod and how often it was restarted. */
async function containerOf(testEnv: TestEnvironment, name: string): Promise<string> {
  const { status } = await testEnv.kube.get(resources.pods, { namespace: workloadNamespace, name });
  const [container] = status?.containerStatuses ?? [];
  return `${status?.phase} ${container?.containerID} restarted ${container?.restartCount}`;
}

async function untilRegistered(testEnv: TestEnvironment, node: TestNode): Promise<number> {
  return eventually(
    testEnv,
    'the plugin to be registered again',
    async () => {
      const times = registrationTimes(pluginNotes(await nodeControl(node).kubeletLog()));
      return times.get(cxi.resource.cxi);
    },
    { intervalMs: 20, deadlineMs: 30_000 },
  );
}

export const realRestarts: readonly Case[] = [
  {
    name: 'a kubelet that restarts has the plugin back within a second, loses no pod and finds no second socket',
    only: 'node',
    deadlineMs: 60_000 + restarts * 15_000,
    async run(testEnv, record) {
      const node = aNicNode(testEnv);
      // After an update a plugin serves two sockets of a resource for as long as this kubelet lives.
      const sockets = [...new Set(await socketsOf(node))];
      await startWorkload(testEnv, {
        name: 'survivor',
        resource: cxi.resource.cxi,
        count: 1,
        node: node.name,
      });
      try {
        await untilPhase(testEnv, 'survivor', 'Running');
        const before = await containerOf(testEnv, 'survivor');
        const times: number[] = [];
        for (let i = 0; i < restarts; i++) {
          await node.restartKubelet();
          times.push(await untilRegistered(testEnv, node));
        }
        const figure = (share: number): string => `${percentile(times, share).toFixed(0)} ms`;
        record.figure(
          `${restarts} kubelet restarts: registered and listed again after p50 ${figure(0.5)}, p99 ${figure(0.99)}, most ${figure(1)} (limit ${limitMs} ms), from the kubelet's registration server to the plugin's first list`,
        );
        expectThat('p99 of the registrations', percentile(times, 0.99) <= limitMs, times);
        expectEqual('the pod', await containerOf(testEnv, 'survivor'), before);
        expectEqual('sockets', await socketsOf(node), sockets);
      } finally {
        await stopWorkload(testEnv, 'survivor');
      }
    },
  },
  {
    name: 'a node that lost its power comes back with every agent, its NICs and its pods',
    only: 'node',
    deadlineMs: 400_000,
    async run(testEnv) {
      const node = testEnv.nodes.findLast(({ nics }) => nics.count > 0) ?? aNicNode(testEnv);
      const before = await resourceOf(testEnv, node.name, cxi.resource.cxi);
      const labelSelector = `${kubernetes.label.component} in (${Object.values(cxi.component).join(',')})`;
      const agents = await testEnv.kube.list(resources.daemonSets, {
        namespace: testEnv.namespace,
        labelSelector,
      });
      await startResident(testEnv, node);
      try {
        const containers = await eventually(testEnv, 'the pod to run', async () => {
          const running = await residentsOf(testEnv);
          return running.length > 0 ? running : undefined;
        });
        // A rollout that is still ending must not be taken for what the node comes back with.
        const earlier = await eventually(testEnv, `one pod of each agent on ${node.name}`, () =>
          onePodEach(testEnv, node, agents.items.length),
        );
        await nodeControl(node).restart();
        const asBefore = async (): Promise<boolean> => {
          expectEqual('NICs', await resourceOf(testEnv, node.name, cxi.resource.cxi), before);
          const ready = await onePodEach(testEnv, node, agents.items.length);
          const unserved = node.host.hardware.cxi
            .nics()
            .filter((nic) => node.host.hardware.cxi.retryHandlerPid(nic) === undefined);
          expectEqual('NICs without a handler', unserved, []);
          // What the API server says may still be from before.
          const stale = ready.filter((id) => earlier.includes(id));
          expectEqual('agents whose container is that of before', stale, []);
          const now = await residentsOf(testEnv);
          const anew = now.length === 1 && now.every((id) => !containers.includes(id));
          expectThat('one pod runs, in a new container', anew, now);
          return true;
        };
        // A kubelet that has to wait for what is left of dead containers starts a minute later.
        await eventually(testEnv, `${node.name} to be as before`, asBefore, { deadlineMs: 150_000 });
      } finally {
        await stopResident(testEnv);
      }
    },
  },
];

const resident = { namespace: workloadNamespace, name: 'resident' };
const labels = { app: resident.name };

/**
 * A pod with an owner: a kubelet that starts before the plugin does refuses a pod the NIC
 * it had and leaves it Failed, and only an owner makes another.
 */
async function startResident({ kube }: TestEnvironment, node: TestNode): Promise<void> {
  const pod = workloadPod({ name: resident.name, resource: cxi.resource.cxi, count: 1, node: node.name });
  const template = { metadata: { labels }, spec: { ...pod.spec, restartPolicy: 'Always' as const } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  await kube.create(resources.deployments, { metadata: resident, spec });
}

/** Names and container ids of its pods that run. */
async function residentsOf({ kube }: TestEnvironment): Promise<string[]> {
  const { namespace, name } = resident;
  const { items } = await kube.list(resources.pods, { namespace, labelSelector: `app=${name}` });
  return items
    .filter(({ status }) => status?.phase === 'Running')
    .map(({ metadata, status }) => `${metadata?.name} ${status?.containerStatuses?.[0]?.containerID}`);
}

async function stopResident(testEnv: TestEnvironment): Promise<void> {
  const { namespace, name } = resident;
  const words = ['delete', `deployment/${name}`, '--namespace', namespace, '--cascade=foreground'];
  const outcome = await testEnv.kubectl(...words, '--timeout=60s');
  expectEqual(`kubectl delete: ${outcome.stderr}`, outcome.code, 0);
}

/** Names and container ids of the agents of `node` that are ready. */
async function onePodEach(testEnv: TestEnvironment, node: TestNode, agents: number): Promise<string[]> {
  const components = Object.values(cxi.component);
  const pods = (await Promise.all(components.map((one) => componentPods(testEnv, one, node.name)))).flat();
  const ready = pods.filter((pod) =>
    pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
  );
  expectThat('one ready pod of each agent', ready.length === agents, agentsSeen(pods));
  return ready.map(
    ({ metadata, status }) => `${metadata?.name} ${status?.containerStatuses?.[0]?.containerID}`,
  );
}

/** What tells apart two pods of one agent on one node, for who has only this line of a run. */
function agentsSeen(pods: readonly PodObject[]): string {
  return pods
    .map(({ metadata, status }) => {
      const revision = metadata?.labels?.[kubernetes.label.revision];
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return `${metadata?.name} of revision ${revision}, made ${metadata?.creationTimestamp}, ${status?.phase}, ready ${ready?.status} since ${ready?.lastTransitionTime}`;
    })
    .join('; ');
}
