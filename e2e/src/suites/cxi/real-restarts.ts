import { cxi, kubernetes } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { pluginNotes, registrationTimes } from '@rackwright/testbed';
import type { Bed, BedNode, NodeControl } from '../../bed.ts';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { aNicNode, componentPods, eventually, type PodObject, resourceOf } from '../../observe.ts';
import { percentile } from '../../percentile.ts';
import { startWorkload, stopWorkload, untilPhase, workloadNamespace } from '../../workload.ts';

/** How often the kubelet is restarted; E2E_KUBELET_RESTARTS says otherwise. */
const restarts = Number(process.env.E2E_KUBELET_RESTARTS ?? 20);

/** A registration later than this is a failure, in milliseconds. */
const limitMs = 1000;

function nodeControl(node: BedNode): NodeControl {
  if (node.real === undefined) throw new Error(`${node.name} is not a real node`);
  return node.real;
}

/** Sockets in the kubelet's folder by resource: each registration has a socket of its own, named by a number. */
async function socketsOf(node: BedNode): Promise<string[]> {
  const names = await nodeControl(node).pluginFolder();
  return names
    .filter((name) => name.endsWith('.sock'))
    .map((name) => name.replace(/@.*(?=\.sock$)/, ''))
    .sort();
}

/** The container of a user's pod and how often it was restarted. */
async function containerOf(bed: Bed, name: string): Promise<string> {
  const { status } = await bed.kube.get(resources.pods, { namespace: workloadNamespace, name });
  const [container] = status?.containerStatuses ?? [];
  return `${status?.phase} ${container?.containerID} restarted ${container?.restartCount}`;
}

async function untilRegistered(bed: Bed, node: BedNode): Promise<number> {
  return eventually(
    bed,
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
    async run(bed, record) {
      const node = aNicNode(bed);
      // After an update a plugin serves two sockets of a resource for as long as this kubelet lives.
      const sockets = [...new Set(await socketsOf(node))];
      await startWorkload(bed, { name: 'survivor', resource: cxi.resource.cxi, count: 1, node: node.name });
      try {
        await untilPhase(bed, 'survivor', 'Running');
        const before = await containerOf(bed, 'survivor');
        const times: number[] = [];
        for (let i = 0; i < restarts; i++) {
          await node.restartKubelet();
          times.push(await untilRegistered(bed, node));
        }
        const figure = (share: number): string => `${percentile(times, share).toFixed(0)} ms`;
        record.figure(
          `${restarts} kubelet restarts: registered and listed again after p50 ${figure(0.5)}, p99 ${figure(0.99)}, most ${figure(1)} (limit ${limitMs} ms), from the kubelet's registration server to the plugin's first list`,
        );
        expectThat('p99 of the registrations', percentile(times, 0.99) <= limitMs, times);
        expectEqual('the pod', await containerOf(bed, 'survivor'), before);
        expectEqual('sockets', await socketsOf(node), sockets);
      } finally {
        await stopWorkload(bed, 'survivor');
      }
    },
  },
  {
    name: 'a node that lost its power comes back with every agent, its NICs and its pods',
    only: 'node',
    deadlineMs: 400_000,
    async run(bed) {
      const node = bed.nodes.findLast(({ nics }) => nics.count > 0) ?? aNicNode(bed);
      const before = await resourceOf(bed, node.name, cxi.resource.cxi);
      const labelSelector = `${kubernetes.label.component} in (${Object.values(cxi.component).join(',')})`;
      const agents = await bed.kube.list(resources.daemonSets, { namespace: bed.namespace, labelSelector });
      await startWorkload(bed, {
        ...{ name: 'resident', resource: cxi.resource.cxi, count: 1, node: node.name },
        restartPolicy: 'Always',
      });
      try {
        await untilPhase(bed, 'resident', 'Running');
        const container = await containerOf(bed, 'resident');
        // A rollout that is still ending must not be taken for what the node comes back with.
        const earlier = await eventually(bed, `one pod of each agent on ${node.name}`, () =>
          onePodEach(bed, node, agents.items.length),
        );
        await nodeControl(node).restart();
        const asBefore = async (): Promise<boolean> => {
          expectEqual('NICs', await resourceOf(bed, node.name, cxi.resource.cxi), before);
          const ready = await onePodEach(bed, node, agents.items.length);
          const unserved = node.host.nics().filter((nic) => node.host.retryHandlerPid(nic) === undefined);
          expectEqual('NICs without a handler', unserved, []);
          // What the API server says may still be from before.
          const stale = ready.filter((id) => earlier.includes(id));
          expectEqual('agents whose container is that of before', stale, []);
          const now = await containerOf(bed, 'resident');
          expectThat('the pod runs in a new container', now !== container && now.startsWith('Running'), now);
          return true;
        };
        // A kubelet that has to wait for what is left of dead containers starts a minute later.
        await eventually(bed, `${node.name} to be as before`, asBefore, { deadlineMs: 150_000 });
      } finally {
        await stopWorkload(bed, 'resident');
      }
    },
  },
];

/** Names and container ids of the agents of `node` that are ready. */
async function onePodEach(bed: Bed, node: BedNode, agents: number): Promise<string[]> {
  const components = Object.values(cxi.component);
  const pods = (await Promise.all(components.map((one) => componentPods(bed, one, node.name)))).flat();
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
