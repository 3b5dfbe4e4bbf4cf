import { type CxiDeviceObject, cxiDevices } from '@rackwright/api';
import { type Clock, errorMessage } from '@rackwright/core';
import { cxi, cxiEvent } from '@rackwright/keys';
import { type KubeClient, resources } from '@rackwright/kube';
import { type RackwrightInstallation, type SimulatedCluster, waitUntil } from '@rackwright/testbed';

/** What the checks look at. */
export interface Checks {
  readonly cluster: SimulatedCluster;
  readonly kube: KubeClient;
  readonly installation: RackwrightInstallation;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

interface Check {
  readonly what: string;
  run(checks: Checks): Promise<string>;
}

const podName = 'demo-workload';

/** Runs the checks in order, printing each; returns how many failed. */
export async function runChecks(checks: Checks, withFault: boolean): Promise<number> {
  let failures = 0;
  for (const check of withFault ? [...bringUp, unplug] : bringUp) {
    checks.signal.throwIfAborted();
    try {
      checks.progress(`✓ ${check.what}: ${await check.run(checks)}`);
    } catch (error) {
      checks.signal.throwIfAborted();
      failures += 1;
      checks.progress(`✗ ${check.what}: ${errorMessage(error)}`);
    }
  }
  return failures;
}

function until<T>(checks: Checks, what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  return waitUntil(what, look, { clock: checks.clock, signal: checks.signal, deadlineMs: 60_000 });
}

const bringUp: readonly Check[] = [
  {
    what: 'every NIC is a healthy CXIDevice',
    run: (checks) =>
      until(checks, 'healthy CXIDevices with their link up', async () => {
        const wanted = checks.cluster.nodes.flatMap((node) => node.host.nics()).length;
        const { items } = await checks.kube.list(cxiDevices);
        const good = items.filter(
          (item) => item.status?.linkState === 'up' && item.status.health?.status === 'Healthy',
        );
        return good.length === wanted && good.some((item) => item.status?.numaNode === 0)
          ? `${good.length} devices`
          : undefined;
      }),
  },
  {
    what: 'nodes with NICs offer hpe.com/cxi',
    run: (checks) =>
      until(checks, 'allocatable hpe.com/cxi', async () => {
        const counts = await Promise.all(checks.cluster.nodes.map((node) => allocatable(checks, node.name)));
        const right = checks.cluster.nodes.every(
          (node, i) => node.host.nics().length > 0 === (counts[i] ?? 0) > 0,
        );
        return right
          ? checks.cluster.nodes.map((node, i) => `${node.name} ${counts[i]}`).join(', ')
          : undefined;
      }),
  },
  { what: 'a pod with one NIC runs', run: runWorkload },
  {
    what: 'the exporter serves the NICs',
    async run(checks) {
      const [node, device] = target(checks);
      const text = await fetchFrom(checks, cxi.component.metricsExporter, node.name, 9090, '/metrics');
      const series = text.split('\n').filter((line) => line.includes(`device="${device}"`));
      if (series.length === 0) throw new Error(`no series of ${device}:\n${text.slice(0, 500)}`);
      return `${series.length} series of ${device} on ${node.name}`;
    },
  },
  {
    what: 'one cxi_rh runs per NIC',
    run: (checks) =>
      until(checks, 'a running cxi_rh per NIC', async () => {
        let running = 0;
        for (const node of checks.cluster.nodes) {
          const status = JSON.parse(
            await fetchFrom(checks, cxi.component.retryHandler, node.name, 8080, '/status'),
          ) as {
            handlers: { running: boolean }[];
          };
          running += status.handlers.filter((handler) => handler.running).length;
        }
        return running === checks.cluster.nodes.flatMap((node) => node.host.nics()).length
          ? `${running} handlers`
          : undefined;
      }),
  },
];

const unplug: Check = {
  what: 'a NIC that is unplugged is Unhealthy, taken from the scheduler, and warned of',
  async run(checks) {
    const [node, device] = target(checks);
    const before = await allocatable(checks, node.name);
    await node.host.unplug(device);
    return until(
      checks,
      `${device} of ${node.name} to be Unhealthy, fewer allocatable and a Warning event`,
      async () => {
        const { items } = await checks.kube.list(cxiDevices);
        const health = items.find((item: CxiDeviceObject) => item.metadata?.name === `${node.name}-${device}`)
          ?.status?.health?.status;
        const after = await allocatable(checks, node.name);
        const events = await checks.kube.list(resources.events, { namespace: 'default' });
        const warning = events.items.find(
          (event) => event.type === 'Warning' && event.reason === cxiEvent.deviceUnhealthy,
        );
        return health === 'Unhealthy' && after < before && warning !== undefined
          ? `allocatable ${before} → ${after}; ${warning.note}`
          : undefined;
      },
    );
  },
};

function target(checks: Checks): [SimulatedCluster['nodes'][number], string] {
  const node = checks.cluster.nodes.find((item) => item.host.nics().length > 0);
  const device = node?.host.nics().at(-1);
  if (node === undefined || device === undefined) throw new Error('no node has a NIC');
  return [node, device];
}

async function allocatable(checks: Checks, node: string): Promise<number> {
  const { status } = await checks.kube.get(resources.nodes, { name: node });
  return Number(status?.allocatable?.[cxi.resource.cxi] ?? 0);
}

async function fetchFrom(
  checks: Checks,
  component: string,
  node: string,
  port: number,
  path: string,
): Promise<string> {
  const { namespace, driver } = checks.installation;
  const { items } = await checks.kube.list(resources.pods, { namespace });
  const pod = items.find(
    (item) => item.metadata?.name?.startsWith(`${driver}-${component}-`) && item.spec?.nodeName === node,
  );
  if (pod?.metadata?.name === undefined) throw new Error(`no ${component} pod on ${node}`);
  return checks.cluster.fetchFromPod({ namespace, name: pod.metadata.name }, port, path);
}

async function runWorkload(checks: Checks): Promise<string> {
  await checks.kube.create(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName, namespace: 'default' },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'app',
          image: 'rackwright/workload:latest',
          command: ['/bin/sh', '-c', 'env | grep CXI; ls "$RACKWRIGHT_SANDBOX_ROOT/dev"; exec sleep 86400'],
          resources: { limits: { [cxi.resource.cxi]: '1' } },
        },
      ],
    },
  });
  return until(checks, 'the pod to run and print its NIC', async () => {
    const pod = await checks.kube.get(resources.pods, { namespace: 'default', name: podName });
    if (pod.status?.phase !== 'Running') return undefined;
    const { stdout } = await checks.cluster.controlPlane.kubectl('logs', '--namespace', 'default', podName);
    const device = /^CXI_DEVICE=(cxi\d+)$/m.exec(stdout)?.[1];
    if (device === undefined || !stdout.split('\n').includes(device)) return undefined;
    return `on ${pod.spec?.nodeName} with /dev/${device} and CXI_DEVICE=${device}`;
  });
}
