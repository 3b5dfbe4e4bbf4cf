import { readdir, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { HostRoot, SystemProcessRunner } from '@rackwright/host';
import { cxi } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { aNicNode, componentPods, devicesOf, eventually, type PodObject, resourceOf } from '../../observe.ts';
import type { TestEnvironment, TestNode } from '../../test-environment.ts';

const port = 8080;

/** A liveness probe is sent every 30 s: one falls into this time, with its timeout, and readiness probes many. */
const siegeMs = 35_000;

async function agentPod(
  testEnv: TestEnvironment,
  node: TestNode,
  component: string,
): Promise<PodObject & { readonly name: string }> {
  const [pod] = await componentPods(testEnv, component, node.name);
  const name = pod?.metadata?.name;
  if (pod === undefined || name === undefined) throw new Error(`no ${component} on ${node.name}`);
  return { ...pod, name };
}

/** What must not change: the container, its restarts, and the processes of the handlers. */
async function lifeOf(testEnv: TestEnvironment, name: string): Promise<unknown> {
  const { status } = await testEnv.kube.get(resources.pods, { namespace: testEnv.namespace, name });
  const [container] = status?.containerStatuses ?? [];
  const text = await testEnv.fetchFromPod({ namespace: testEnv.namespace, name }, port, '/status');
  const { handlers } = JSON.parse(text) as { handlers: { device: string; pid: number; state: string }[] };
  return {
    container: container?.containerID,
    restarts: container?.restartCount,
    handlers: handlers.map(({ device, pid, state }) => [device, pid, state]),
  };
}

/** What the kubelet said of probes of a pod that failed; one that fails again changes what was said before. */
async function failedProbes(testEnv: TestEnvironment, uid: string): Promise<string[]> {
  const { items } = await testEnv.kube.list(resources.events, { namespace: testEnv.namespace });
  return items
    .filter(({ reason, regarding }) => reason === 'Unhealthy' && regarding?.uid === uid)
    .map(({ note, metadata }) => `${note} ${metadata?.resourceVersion}`);
}

function isReady({ status }: PodObject): boolean {
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

/** Clients that connect again whenever they are sent away, until disposed. */
function clients(count: number, host: string, bytes: string): Disposable {
  const open = new Set<Socket>();
  let over = false;
  const start = (): void => {
    const socket = connect(port, host);
    open.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(bytes);
    socket.once('close', () => {
      open.delete(socket);
      if (!over) start();
    });
  };
  for (let i = 0; i < count; i++) start();
  return {
    [Symbol.dispose]: () => {
      over = true;
      for (const socket of open) socket.destroy();
    },
  };
}

/** The first process of a container, as this machine numbers it. */
async function firstProcess(containerId: string): Promise<string> {
  const root = new HostRoot();
  for (const pid of (await readdir(root.proc())).filter((name) => /^\d+$/.test(name))) {
    const read = (file: string): Promise<string> => readFile(root.proc(pid, file), 'utf8').catch(() => '');
    if (!(await read('cgroup')).includes(containerId)) continue;
    if (/^NSpid:.*\s1$/m.test(await read('status'))) return pid;
  }
  throw new Error(`container ${containerId} has no process`);
}

export const realAgents: readonly Case[] = [
  {
    name: '200 clients that keep their connections to a retry handler do not end it, nor a cxi_rh',
    only: 'node',
    deadlineMs: siegeMs + 60_000,
    async run(testEnv) {
      const { name, metadata } = await agentPod(testEnv, aNicNode(testEnv), cxi.component.retryHandler);
      const uid = metadata?.uid ?? '';
      const before = await lifeOf(testEnv, name);
      const failed = await failedProbes(testEnv, uid);
      const host = await testEnv.podAddress({ namespace: testEnv.namespace, name });
      using _clients = clients(200, host, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      await testEnv.clock.sleep(siegeMs, testEnv.signal);
      // The kubelet tells of each probe that fails, and kills the container after three.
      expectEqual('probes that failed', await failedProbes(testEnv, uid), failed);
      expectEqual('what runs, beside the clients', await lifeOf(testEnv, name), before);
      await eventually(testEnv, 'it is ready', async () =>
        isReady(await agentPod(testEnv, aNicNode(testEnv), cxi.component.retryHandler)),
      );
    },
  },
  {
    name: 'agents out of file descriptors stop no cxi_rh, withdraw no NIC, say so, and recover',
    only: 'node',
    deadlineMs: 240_000,
    async run(testEnv) {
      const node = aNicNode(testEnv);
      const { name } = await agentPod(testEnv, node, cxi.component.retryHandler);
      const before = [await lifeOf(testEnv, name), await offerOf(testEnv, node)];
      for (const component of [
        cxi.component.retryHandler,
        cxi.component.devicePlugin,
        cxi.component.driverAgent,
      ])
        await starve(testEnv, node, component);
      expectEqual(
        'what runs and is offered',
        [await lifeOf(testEnv, name), await offerOf(testEnv, node)],
        before,
      );
    },
  },
];

/** What other agents tell of the NICs of a node. */
async function offerOf(testEnv: TestEnvironment, node: TestNode): Promise<unknown> {
  const devices = await devicesOf(testEnv, node.name);
  const { metadata } = await testEnv.kube.get(resources.nodes, { name: node.name });
  return {
    resource: await resourceOf(testEnv, node.name, cxi.resource.cxi),
    devices: devices.map(({ status }) => [status?.device, status?.health?.status]),
    labels: [cxi.label.present, cxi.label.deviceCount].map((key) => metadata?.labels?.[key]),
  };
}

/** Takes the file descriptors of an agent away until it has said so, and waits until it is well again. */
async function starve(testEnv: TestEnvironment, node: TestNode, component: string): Promise<void> {
  const pod = await agentPod(testEnv, node, component);
  const container = pod.status?.containerStatuses?.[0]?.containerID;
  const pid = await firstProcess(container?.replace(/^.*:\/\//, '') ?? '');
  const runner = new SystemProcessRunner(testEnv.clock);
  const limit = async (files: string): Promise<number | null> =>
    (await runner.run(['prlimit', '--pid', pid, `--nofile=${files}:`])).code;
  const logged = async (text: string): Promise<boolean> =>
    (await testEnv.kubectl('logs', '-n', testEnv.namespace, pod.name, '--since=2m')).stdout.includes(text);
  expectEqual('prlimit', await limit('3'), 0);
  try {
    await eventually(testEnv, `${component} to say so`, () => logged('the host cannot be read in full'));
  } finally {
    await limit('1024');
  }
  await eventually(testEnv, `${component} to recover`, () => logged('the host can be read again'));
  await eventually(testEnv, `${component} to be ready`, async () => {
    const now = await agentPod(testEnv, node, component);
    return isReady(now) && now.status?.containerStatuses?.[0]?.containerID === container;
  });
}
