import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { KubeClient, resources } from '@rackwright/kube';
import { ProgramResolver } from './programs/resolver.ts';
import { SimulatedCluster } from './simulated-cluster.ts';
import { clusterFaults } from './simulated-cluster-faults.ts';
import { waitUntil } from './wait-until.ts';

const clock = systemClock;
const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
const namespace = 'default';

/** Pids of the processes whose command line or environment mentions `text`. */
async function processesOf(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const files = [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`];
      const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
      return texts.some((one) => one.includes(text)) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

describe('a cluster', () => {
  let cluster: SimulatedCluster;
  let client: KubeClient;
  const progress: string[] = [];

  beforeAll(async () => {
    cluster = await SimulatedCluster.start({
      ...{ programs, clock, requiredApps: [], progress: (line) => progress.push(line) },
      nodes: [
        { name: 'with-nics', host: { nics: [{ generation: 1 }, { generation: 2 }] }, labels: { zone: 'a' } },
        { name: 'plain', host: { nics: [] } },
      ],
    });
    client = new KubeClient({ connection: cluster.controlPlane.admin(), clock, userAgent: 'cluster-test' });
  }, 120_000);

  afterAll(async () => {
    await client?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  }, 60_000);

  async function run(name: string, script: string): Promise<void> {
    const words = ['run', name, '--image=rackwright/workload', '--command', '--', 'sh', '-c', script];
    expect(await cluster.controlPlane.kubectl(...words)).toMatchObject({ code: 0 });
    const wait = ['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=20s'];
    expect(await cluster.controlPlane.kubectl(...wait)).toMatchObject({ code: 0 });
  }

  test('has the nodes that were asked for, Ready and in their order', async () => {
    expect(cluster.nodes.map((node) => node.name)).toEqual(['with-nics', 'plain']);
    expect(cluster.node('with-nics').host.hardware.cxi.nics()).toEqual(['cxi0', 'cxi1']);
    const node = await client.get(resources.nodes, { name: 'with-nics' });
    expect(node.metadata?.labels).toMatchObject({ zone: 'a', 'kubernetes.io/hostname': 'with-nics' });
    expect(() => cluster.node('nope')).toThrow(/no node nope/);
    expect(progress).toContain('starting node plain');
  });

  test('runs what a Deployment asks for on all nodes', async () => {
    const { controlPlane } = cluster;
    const words = [
      'create',
      'deployment',
      'w',
      '--image=rackwright/workload',
      '--replicas=4',
      '--',
      'sleep',
      '1000',
    ];
    await controlPlane.kubectl(...words);
    expect(await controlPlane.kubectl('rollout', 'status', 'deployment/w', '--timeout=30s')).toMatchObject({
      code: 0,
    });
    const { items } = await client.list(resources.pods, { namespace, labelSelector: 'app=w' });
    expect(new Set(items.map((pod) => pod.spec?.nodeName))).toEqual(new Set(['with-nics', 'plain']));
    expect(new Set(items.map((pod) => pod.status?.podIP)).size).toBe(4);
  });

  test('lets its pods be fetched from', async () => {
    const script = `exec "${process.execPath}" -e '
      require("node:http").createServer((request, response) => {
        response.writeHead(request.url === "/bad" ? 503 : 200).end("served " + request.url);
      }).listen(8080, process.env.RACKWRIGHT_SANDBOX_ADDRESS)'`;
    await run('server', script);
    const pod = { namespace, name: 'server' };
    const fetched = await waitUntil('the server', () => cluster.fetchFromPod(pod, 8080, '/x'), { clock });
    expect(fetched).toBe('served /x');
    await expect(cluster.fetchFromPod(pod, 8080, '/bad')).rejects.toThrow(/answered 503: served \/bad/);
    await expect(cluster.fetchFromPod({ namespace, name: 'no' }, 1, '/')).rejects.toMatchObject({
      code: 'NotFound',
    });
    expect(cluster.podAddress(pod)).toMatch(/^127\./);
  });

  test('has Services that pods and the API server reach, with EndpointSlices of addresses as real pods have', async () => {
    const { controlPlane } = cluster;
    const program = ['/usr/bin/node', '/app/main.ts'];
    const words = ['run', 'web', '--image=rackwright/workload', '--port=8080', '--expose', '--command', '--'];
    expect(await controlPlane.kubectl(...words, ...program, 'serve', '8080', 'hello')).toMatchObject({
      code: 0,
    });
    const labelSelector = 'kubernetes.io/service-name=web';
    const address = await waitUntil(
      'an endpoint',
      async () => {
        const { items } = await client.list(resources.endpointSlices, { namespace, labelSelector });
        return items[0]?.endpoints?.find(({ conditions }) => conditions?.ready)?.addresses[0];
      },
      { clock },
    );
    expect(address).toMatch(/^10\.244\.[12]\.\d+$/);
    const raw = async (path: string): Promise<string> =>
      (await controlPlane.kubectl('get', '--raw', `/api/v1/namespaces/${namespace}/${path}`)).stdout;
    await waitUntil('the server', async () => (await raw('services/web:8080/proxy/')) === 'hello\n', {
      clock,
    });
    expect(await raw('pods/web:8080/proxy/')).toBe('hello\n');
    const asking = ['run', 'asks', '--image=rackwright/workload', '--restart=Never', '--command', '--'];
    await controlPlane.kubectl(...asking, ...program, 'fetch', 'http://web:8080/');
    const wait = ['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/asks', '--timeout=20s'];
    expect(await controlPlane.kubectl(...wait)).toMatchObject({ code: 0 });
    expect((await controlPlane.kubectl('logs', 'asks')).stdout).toBe('hello\n');
  }, 60_000);

  test('grows', async () => {
    const node = await cluster.addNode({ name: 'later', host: { nics: [{ generation: 1 }] } });
    expect(node.host.hardware.cxi.nics()).toEqual(['cxi0']);
    expect(cluster.nodes.map((one) => one.name)).toEqual(['with-nics', 'plain', 'later']);
  });

  test('a killed container is started again', async () => {
    await run('victim', 'exec sleep 1000');
    const fault = clusterFaults.containerKill(cluster, { namespace, pod: 'victim', container: 'victim' });
    await fault.apply();
    await waitUntil(
      'a restart',
      async () => {
        const pod = await client.get(resources.pods, { namespace, name: 'victim' });
        return pod.status?.containerStatuses?.[0]?.restartCount === 1;
      },
      { clock },
    );
    const nobody = clusterFaults.containerKill(cluster, { namespace, pod: 'victim', container: 'nobody' });
    await expect(nobody.apply()).rejects.toMatchObject({ code: 'NotFound' });
  });

  test('a kubelet that is away leaves its containers running', async () => {
    await run('steady', 'exec sleep 1000');
    const { spec } = await client.get(resources.pods, { namespace, name: 'steady' });
    const node = spec?.nodeName ?? '';
    const { runtime } = cluster.node(node).kubelet;
    const running = (): number => runtime.list().filter((record) => record.state === 'running').length;
    const before = running();
    const fault = clusterFaults.kubeletAway(cluster, { node });
    await fault.apply();
    expect(running()).toBe(before);
    await fault.revert?.();
    await clusterFaults.kubeletRestart(cluster, { node }).apply();
    await waitUntil('the pods to be known again', () => cluster.podAddress({ namespace, name: 'steady' }), {
      clock,
    });
    expect(running()).toBe(before);
  });

  test('outlives an API server that goes and comes back', async () => {
    const fault = clusterFaults.apiServerAway(cluster);
    await fault.apply();
    await fault.revert?.();
    await run('after', 'exec sleep 1000');
  }, 60_000);

  test('leaves nothing behind', async () => {
    const folders = [cluster.node('plain').host.folder, cluster.controlPlane.folder];
    await client[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
    for (const folder of folders) {
      expect(existsSync(folder)).toBe(false);
      expect(await processesOf(folder)).toEqual([]);
      expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(folder);
    }
  }, 60_000);
});

test('a cluster whose apps are not built does not start', async () => {
  const options = { programs, clock, nodes: [], apps: '/nowhere' };
  await expect(SimulatedCluster.start(options)).rejects.toThrow(/not built: operator-manager.*\/nowhere/);
});

test.each(['SIGINT', 'SIGKILL'] as const)(
  'after %s no process, mount or file is left',
  async (signal) => {
    const script = fileURLToPath(new URL('./simulated-cluster-parent.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--conditions=@rackwright/source', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const [folder = '', pid = ''] = line.split(' ');
    expect(await processesOf(folder)).toContain(Number(pid));
    parent.kill(signal);
    await waitUntil(`no process of ${folder}`, async () => (await processesOf(folder)).length === 0, {
      clock,
    });
    await waitUntil(`${folder} to be gone`, () => !existsSync(folder), { clock });
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(folder);
  },
  60_000,
);
