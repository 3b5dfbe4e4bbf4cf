import { type AIStore, aistores } from '@rackwright/api';
import { ais } from '@rackwright/keys';
import { apiVersionOf, resources } from '@rackwright/kube';
import { localProvisioner } from '@rackwright/testbed';
import { type Check, type Checked, until } from '../../check.ts';

/** The cluster, and the pod that puts objects into it. */
export const cluster = 'demo';
export const client = 'demo-objects';
const namespace = 'default';
const className = 'demo-ais';
const objects = 20;

export const bringUp: readonly Check[] = [
  { what: 'an AIStore with two targets is Ready', run: deploy },
  { what: 'objects that are put are all there after a target has gone', run: shrink },
];

const ports = { servicePort: 51_080, portPublic: 51_080, portIntraControl: 51_082, portIntraData: 51_083 };

async function deploy(checked: Checked): Promise<string> {
  const { kube } = checked;
  await kube.create(resources.storageClasses, {
    ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: className } },
    ...{ provisioner: localProvisioner, volumeBindingMode: 'WaitForFirstConsumer' },
  });
  await kube.create(aistores, {
    ...{ apiVersion: apiVersionOf(aistores), kind: aistores.kind, metadata: { name: cluster, namespace } },
    spec: {
      ...{
        size: 1,
        nodeImage: 'docker.io/aistorage/aisnode:v4.9',
        initImage: 'docker.io/aistorage/ais-init:v4.9',
      },
      stateStorage: { hostPath: { prefix: '/etc/ais' } },
      proxySpec: { ...ports },
      targetSpec: {
        ...{ ...ports, size: 2, servicePort: 51_081, portPublic: 51_081 },
        mounts: [{ path: '/ais1', size: '10Mi', storageClass: className }],
      },
    },
  } as unknown as AIStore);
  return until(checked, 'the AIStore to be Ready', async () => {
    const { status } = await kube.get(aistores, { namespace, name: cluster });
    if (status?.state !== ais.state.ready) return undefined;
    return `${cluster} ${status.state}: ${status.proxies?.ready} proxy, ${status.targets?.ready} targets at ${status.intraClusterURL}`;
  });
}

/** Puts objects, says so, and then reads all of them again and again. */
const program = `
const [base, count] = process.argv.slice(1);
const url = (i) => base + '/v1/objects/demo/o-' + i + '?provider=ais';
await fetch(base + '/v1/buckets/demo', { method: 'POST', body: JSON.stringify({ action: 'create-bck' }) });
for (let i = 0; i < count; i++) await fetch(url(i), { method: 'PUT', body: 'object ' + i });
console.log('put ' + count);
for (;;) {
  let good = 0;
  for (let i = 0; i < count; i++) if ((await (await fetch(url(i))).text()) === 'object ' + i) good++;
  console.log('read ' + good);
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
`;

async function shrink(checked: Checked): Promise<string> {
  const { kube, cluster: simulated } = checked;
  const { status } = await kube.get(aistores, { namespace, name: cluster });
  await kube.create(resources.pods, {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: client, namespace } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          ...{ name: 'app', image: 'rackwright/workload:latest' },
          command: [
            '/usr/bin/node',
            '--input-type=module',
            '--eval',
            program,
            status?.intraClusterURL ?? '',
            `${objects}`,
          ],
        },
      ],
    },
  });
  const log = async (): Promise<string[]> => {
    const { stdout } = await simulated.controlPlane.kubectl('logs', '--namespace', namespace, client);
    return stdout.trim().split('\n');
  };
  await until(checked, 'objects to be put', async () => (await log()).includes(`put ${objects}`));
  const size = { spec: { targetSpec: { size: 1 } } };
  await kube.patch(aistores, { namespace, name: cluster }, size, { strategy: 'merge' });
  await until(checked, 'one target to be left', async () => {
    const { status: now } = await kube.get(aistores, { namespace, name: cluster });
    return now?.state === ais.state.ready && now.targets?.current === 1;
  });
  const before = (await log()).length;
  return until(checked, 'all objects to be read', async () => {
    const lines = await log();
    return (
      lines.length > before + 1 &&
      lines.at(-1) === `read ${objects}` &&
      `${objects} of ${objects} objects with one target`
    );
  });
}
