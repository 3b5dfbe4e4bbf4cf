import { ai100, discovery } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { SimulatedCluster } from '@rackwright/testbed';
import { type Check, type Checked, until } from '../../check.ts';

/** The node with AI100 drives. */
export const driveNode = 'node-plain';
/** The pod that uses the cache. */
export const trainer = 'demo-trainer';
const exporter = 'nvme-exporter';

export const bringUp: readonly Check[] = [
  {
    what: 'a node is labelled by its AI100 drives',
    run: (checked) =>
      until(checked, `label ${discovery.label.ai100.present}`, async () => {
        const { metadata } = await checked.kube.get(resources.nodes, { name: driveNode });
        const { present, count, capacityGB } = discovery.label.ai100;
        const labels = metadata?.labels ?? {};
        return labels[present] === 'true'
          ? `${driveNode}: ${labels[count]} drives, ${labels[capacityGB]} GB`
          : undefined;
      }),
  },
  {
    what: 'two empty AI100 drives become a striped cache, offered as phison.com/ai100',
    run: (checked) =>
      until(checked, `two units of ${ai100.resource}`, async () =>
        (await offered(checked)) === 2 ? `${driveNode} offers 2` : undefined,
      ),
  },
  { what: "the older operator's pod with 2 units runs on the cache at /mnt/nvme0", run: runTrainer },
  { what: 'curl :9299 on the node tells of drives, cache and units', run: readExporter },
];

export const driveDies: Check = {
  what: 'an AI100 drive that dies takes its units away, and they come back with it',
  async run(checked) {
    const { nvme } = driveNodeOf(checked).host.hardware;
    const drive = nvme.names().at(-1);
    if (drive === undefined) throw new Error(`${driveNode} has no drive`);
    nvme.setState(drive, 'dead');
    await until(checked, `no unit of ${ai100.resource} while ${drive} is dead`, async () =>
      (await offered(checked)) === 0 ? 'none' : undefined,
    );
    nvme.setState(drive, 'live');
    return until(checked, `two units of ${ai100.resource} again`, async () =>
      (await offered(checked)) === 2 ? `${drive} died: 2 → 0 units; it came back: 0 → 2` : undefined,
    );
  },
};

function driveNodeOf({ cluster }: Checked): SimulatedCluster['nodes'][number] {
  const node = cluster.nodes.find(({ name }) => name === driveNode);
  if (node === undefined) throw new Error(`there is no node ${driveNode}`);
  return node;
}

async function offered({ kube }: Checked): Promise<number> {
  const { status } = await kube.get(resources.nodes, { name: driveNode });
  return Number(status?.allocatable?.[ai100.resource] ?? 0);
}

const script =
  'env | grep AI100; cd "$RACKWRIGHT_SANDBOX_ROOT/mnt/nvme0" && echo written to the cache >demo && cat demo && exec sleep 86400';

async function runTrainer(checked: Checked): Promise<string> {
  await checked.kube.create(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: trainer, namespace: 'default' },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'app',
          image: 'rackwright/workload:latest',
          command: ['/bin/sh', '-c', script],
          resources: { limits: { [ai100.resource]: '2' } },
        },
      ],
    },
  });
  return until(checked, 'the pod to run and write to the cache', async () => {
    const pod = await checked.kube.get(resources.pods, { namespace: 'default', name: trainer });
    if (pod.status?.phase !== 'Running') return undefined;
    const { stdout } = await checked.cluster.controlPlane.kubectl('logs', '--namespace', 'default', trainer);
    if (!stdout.includes('written to the cache')) return undefined;
    const units = /^AI100_UNITS=(\d+)$/m.exec(stdout)?.[1];
    return `on ${pod.spec?.nodeName} with AI100_UNITS=${units} and /mnt/nvme0`;
  });
}

async function readExporter(checked: Checked): Promise<string> {
  const { namespace } = checked.installation;
  return until(checked, 'the exporter to tell of two units', async () => {
    const { items } = await checked.kube.list(resources.pods, { namespace });
    const name = items.find(({ metadata }) => metadata?.name?.includes(exporter))?.metadata?.name;
    if (name === undefined) return undefined;
    const text = await checked.cluster.fetchFromPod({ namespace, name }, 9299, '/metrics').catch(() => '');
    const size = /^ai100_cache_lv_size_bytes\{.*\} (\S+)$/m.exec(text)?.[1];
    if (!/^ai100_units_healthy 2$/m.test(text) || size === undefined) return undefined;
    return `2 healthy units of ${Math.round(Number(size) / 1e9)} GB`;
  });
}
