import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { silentLogger, systemClock } from '@rackwright/core';
import { KubeClient, type Node, type Pod, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver, temporaryFolder } from '@rackwright/testbed/without-nodes';
import { KubeletDouble } from './kubelet-double.ts';
import { waitFor } from './testing/wait-for.ts';

const clock = systemClock;
const namespace = 'default';
const prefix = '127.254.251.';
/** How long the node controller waits for a sign of life, and a time that is longer. */
const nodeGraceMs = 15_000;
const outageMs = 20_000;
let stack: AsyncDisposableStack;
let plane: ControlPlane;
let client: KubeClient;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder('rwo'));
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  const components = ['controller-manager', 'scheduler'] as const;
  plane = stack.use(await ControlPlane.start({ programs, clock, components, nodeGraceMs }));
  client = stack.use(new KubeClient({ connection: plane.admin(), clock, userAgent: 'outage-test' }));
  const host = join(folder.path, 'n1');
  await mkdir(host, { recursive: true });
  stack.use(
    await KubeletDouble.start({
      ...{ nodeName: 'n1', connection: plane.node('n1'), host, podIpPrefix: prefix, clock },
      ...{ logger: silentLogger, images: () => undefined, runFolder: join(folder.path, 'run') },
    }),
  );
}, 120_000);

afterAll(() => stack.disposeAsync(), 60_000);

const readyOf = ({ status }: Pod | Node): string | undefined =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.status;

test('after an API server was away for longer than a node may be silent the node and its pods are soon ready again', async () => {
  await client.create(resources.pods, {
    metadata: { name: 'p', namespace },
    spec: { containers: [{ name: 'c', image: 'busybox', command: ['sleep', '600'] }] },
  });
  const pod = (): Promise<Pod> => client.get(resources.pods, { namespace, name: 'p' });
  const node = (): Promise<Node> => client.get(resources.nodes, { name: 'n1' });
  await waitFor(async () => expect(readyOf(await pod())).toBe('True'));
  const { metadata } = await pod();
  await plane.stopApiServer();
  await clock.sleep(outageMs);
  await plane.startApiServer();
  const back = clock.monotonic();
  let calledLost = false;
  // The node controller looks every second: it calls the node lost, if the kubelet was not faster.
  await waitFor(async () => {
    const ready = [readyOf(await node()), readyOf(await pod())];
    calledLost ||= ready.some((status) => status !== 'True');
    expect([...ready, calledLost || clock.monotonic() - back > 5000]).toEqual(['True', 'True', true]);
  }, 40_000);
  process.stderr.write(
    `ready again ${Math.round(clock.monotonic() - back)} ms after the API server, called lost: ${calledLost}\n`,
  );
  expect((await pod()).metadata?.uid).toBe(metadata?.uid);
}, 200_000);

test('a pod that somebody else called unready is ready again within the kubelet’s ten seconds', async () => {
  const at = new Date(clock.now()).toISOString();
  const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: at }];
  await client.patch(
    resources.pods,
    { namespace, name: 'p' },
    { status: { conditions } },
    {
      strategy: 'strategic',
      subresource: 'status',
    },
  );
  await waitFor(async () => {
    const pod = await client.get(resources.pods, { namespace, name: 'p' });
    expect(readyOf(pod)).toBe('True');
  }, 20_000);
}, 60_000);
