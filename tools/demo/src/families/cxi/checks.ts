import { type CxiDeviceObject, cxiDevices } from '@rackwright/api';
import { cxi, cxiEvent } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { SimulatedCluster } from '@rackwright/testbed';
import { type Check, type Checked, until } from '../../check.ts';

const podName = 'demo-workload';

export const bringUp: readonly Check[] = [
  {
    what: 'every NIC is a healthy CXIDevice',
    run: (checked) =>
      until(checked, 'healthy CXIDevices with their link up', async () => {
        const wanted = checked.cluster.nodes.flatMap((node) => node.host.hardware.cxi.nics()).length;
        const { items } = await checked.kube.list(cxiDevices);
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
    run: (checked) =>
      until(checked, 'allocatable hpe.com/cxi', async () => {
        const counts = await Promise.all(
          checked.cluster.nodes.map((node) => allocatable(checked, node.name)),
        );
        const right = checked.cluster.nodes.every(
          (node, i) => node.host.hardware.cxi.nics().length > 0 === (counts[i] ?? 0) > 0,
        );
        return right
          ? checked.cluster.nodes.map((node, i) => `${node.name} ${counts[i]}`).join(', ')
          : undefined;
      }),
  },
  { what: 'a pod with one NIC runs', run: runWorkload },
  {
    what: 'the exporter serves the NICs',
    async run(checked) {
      const [node, device] = target(checked);
      const text = await fetchFrom(checked, cxi.component.metricsExporter, node.name, 9090, '/metrics');
      const series = text.split('\n').filter((line) => line.includes(`device="${device}"`));
      if (series.length === 0) throw new Error(`no series of ${device}:\n${text.slice(0, 500)}`);
      return `${series.length} series of ${device} on ${node.name}`;
    },
  },
  {
    what: 'one cxi_rh runs per NIC',
    run: (checked) =>
      until(checked, 'a running cxi_rh per NIC', async () => {
        let running = 0;
        for (const node of checked.cluster.nodes) {
          const status = JSON.parse(
            await fetchFrom(checked, cxi.component.retryHandler, node.name, 8080, '/status'),
          ) as {
            handlers: { running: boolean }[];
          };
          running += status.handlers.filter((handler) => handler.running).length;
        }
        return running === checked.cluster.nodes.flatMap((node) => node.host.hardware.cxi.nics()).length
          ? `${running} handlers`
          : undefined;
      }),
  },
];

export const unplug: Check = {
  what: 'a NIC that is unplugged is Unhealthy, taken from the scheduler, and warned of',
  async run(checked) {
    const [node, device] = target(checked);
    const before = await allocatable(checked, node.name);
    await node.host.hardware.cxi.unplug(device);
    return until(
      checked,
      `${device} of ${node.name} to be Unhealthy, fewer allocatable and a Warning event`,
      async () => {
        const { items } = await checked.kube.list(cxiDevices);
        const health = items.find((item: CxiDeviceObject) => item.metadata?.name === `${node.name}-${device}`)
          ?.status?.health?.status;
        const after = await allocatable(checked, node.name);
        const events = await checked.kube.list(resources.events, { namespace: 'default' });
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

function target(checked: Checked): [SimulatedCluster['nodes'][number], string] {
  const node = checked.cluster.nodes.find((item) => item.host.hardware.cxi.nics().length > 0);
  const device = node?.host.hardware.cxi.nics().at(-1);
  if (node === undefined || device === undefined) throw new Error('no node has a NIC');
  return [node, device];
}

async function allocatable(checked: Checked, node: string): Promise<number> {
  const { status } = await checked.kube.get(resources.nodes, { name: node });
  return Number(status?.allocatable?.[cxi.resource.cxi] ?? 0);
}

async function fetchFrom(
  checked: Checked,
  component: string,
  node: string,
  port: number,
  path: string,
): Promise<string> {
  const { namespace, driver } = checked.installation;
  const { items } = await checked.kube.list(resources.pods, { namespace });
  const pod = items.find(
    (item) => item.metadata?.name?.startsWith(`${driver}-${component}-`) && item.spec?.nodeName === node,
  );
  if (pod?.metadata?.name === undefined) throw new Error(`no ${component} pod on ${node}`);
  return checked.cluster.fetchFromPod({ namespace, name: pod.metadata.name }, port, path);
}

async function runWorkload(checked: Checked): Promise<string> {
  await checked.kube.create(resources.pods, {
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
  return until(checked, 'the pod to run and print its NIC', async () => {
    const pod = await checked.kube.get(resources.pods, { namespace: 'default', name: podName });
    if (pod.status?.phase !== 'Running') return undefined;
    const { stdout } = await checked.cluster.controlPlane.kubectl('logs', '--namespace', 'default', podName);
    const device = /^CXI_DEVICE=(cxi\d+)$/m.exec(stdout)?.[1];
    if (device === undefined || !stdout.split('\n').includes(device)) return undefined;
    return `on ${pod.spec?.nodeName} with /dev/${device} and CXI_DEVICE=${device}`;
  });
}
