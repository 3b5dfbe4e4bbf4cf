import { readdir, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { HostRoot, SystemProcessRunner } from '@rackwright/host';
import { cxi } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Bed, BedNode } from '../bed.ts';
import type { Case } from '../case.ts';
import { expectEqual } from '../expect.ts';
import { aNicNode, componentPods, eventually, type PodObject, resourceOf } from '../observe.ts';

const port = 8080;

/** Three liveness probes, one every 30 s, and their timeout: then the kubelet would have killed the container. */
const siegeMs = 105_000;

async function handlerPod(bed: Bed, node: BedNode): Promise<PodObject & { readonly name: string }> {
  const [pod] = await componentPods(bed, cxi.component.retryHandler, node.name);
  const name = pod?.metadata?.name;
  if (pod === undefined || name === undefined) throw new Error(`no retry handler on ${node.name}`);
  return { ...pod, name };
}

/** What must not change: the container, its restarts, and the processes of the handlers. */
async function lifeOf(bed: Bed, name: string): Promise<unknown> {
  const { status } = await bed.kube.get(resources.pods, { namespace: bed.namespace, name });
  const [container] = status?.containerStatuses ?? [];
  const text = await bed.fetchFromPod({ namespace: bed.namespace, name }, port, '/status');
  const { handlers } = JSON.parse(text) as { handlers: { device: string; pid: number; state: string }[] };
  return {
    container: container?.containerID,
    restarts: container?.restartCount,
    handlers: handlers.map(({ device, pid, state }) => [device, pid, state]),
  };
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

export const realRetryHandler: readonly Case[] = [
  {
    name: '200 clients that keep their connections to a retry handler do not end it, nor a cxi_rh',
    only: 'node',
    deadlineMs: siegeMs + 60_000,
    async run(bed) {
      const { name } = await handlerPod(bed, aNicNode(bed));
      const before = await lifeOf(bed, name);
      const host = await bed.podAddress({ namespace: bed.namespace, name });
      using _clients = clients(200, host, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      await bed.clock.sleep(siegeMs, bed.signal);
      expectEqual('what runs, beside the clients', await lifeOf(bed, name), before);
      await eventually(bed, 'it is ready', async () => isReady(await handlerPod(bed, aNicNode(bed))));
    },
  },
  {
    name: 'a retry handler out of file descriptors stops no cxi_rh, says so, and recovers',
    only: 'node',
    deadlineMs: 120_000,
    async run(bed) {
      const node = aNicNode(bed);
      const pod = await handlerPod(bed, node);
      const before = await lifeOf(bed, pod.name);
      const offered = await resourceOf(bed, node.name, cxi.resource.cxi);
      const id = pod.status?.containerStatuses?.[0]?.containerID?.replace(/^.*:\/\//, '') ?? '';
      const pid = await firstProcess(id);
      const runner = new SystemProcessRunner(bed.clock);
      const limit = (files: string) => runner.run(['prlimit', '--pid', pid, `--nofile=${files}:`]);
      const logged = async (text: string): Promise<boolean> =>
        (await bed.kubectl('logs', '-n', bed.namespace, pod.name, '--since=2m')).stdout.includes(text);
      expectEqual('prlimit', (await limit('3')).code, 0);
      try {
        await eventually(bed, 'the log to say so', () => logged('the host cannot be read in full'));
      } finally {
        await limit('1024');
      }
      await eventually(bed, 'it to recover', () => logged('the host can be read again'));
      await eventually(bed, 'it to be ready', async () => isReady(await handlerPod(bed, node)));
      expectEqual('what runs', await lifeOf(bed, pod.name), before);
      expectEqual('NICs offered', await resourceOf(bed, node.name, cxi.resource.cxi), offered);
    },
  },
];
