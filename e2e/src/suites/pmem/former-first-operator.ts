import { pmemDeployments } from '@rackwright/api';
import { HostFiles, parseMountinfo } from '@rackwright/host';
import { pmem, rackwright } from '@rackwright/keys';
import { type DaemonSet, type KubeObject, resources, type StatefulSet } from '@rackwright/kube';
import { Authority } from '@rackwright/testbed';
import { firstOperatorObjects } from '../../../../apps/operator-manager/src/pmem/testing/former-objects.ts';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driverName, topologyKeys } from './deployment.ts';
import { memoryNode } from './persistent-memory.ts';
import { claim, claimed, untilDone, untilPhase, volumePod, withClass } from './volume-user.ts';

const name = 'pmem-deployment';
const nodeLabel = 'example.com/former-memory';
const deployment = {
  apiVersion: 'pmem-csi.intel.com/v1alpha1',
  kind: 'Deployment',
  metadata: { name },
  spec: { deviceMode: 'lvm', nodeSelector: { [nodeLabel]: 'true' } },
};
/** The registrar that comes with the driver: no other runs on simulated nodes. */
const registrarCommand = ['/usr/bin/node', '/app/csi-node-driver-registrar.js'];
const script = 'echo before > data/file; while [ ! -e data/after ]; do sleep 0.2; done; cat data/file';

export const formerFirstOperator: Case = {
  name: 'what the first operator made for a Deployment is taken over under a running pod, which keeps its volume and what is in it',
  only: 'simulated',
  // apps/operator-manager/src/pmem/older/former.apiserver.test.ts sees what becomes of the objects in less.
  long: true,
  async run(testEnv) {
    await testEnv.kubectl('label', 'node', memoryNode, `${nodeLabel}=true`, '--overwrite');
    await scaleOperator(testEnv, 0);
    try {
      const left = await leave(testEnv);
      await untilOldDriverServes(testEnv);
      await CaseNamespace.use(testEnv, 'pmem-former', (namespace) =>
        withClass(testEnv, namespace, async (className) => {
          // The scheduler is not told of capacities yet.
          const there = { nodeSelector: { [nodeLabel]: 'true' } };
          const user = volumePod('user', script, claimed('data'), there);
          await namespace.apply(claim('data', className), user);
          await untilPhase(testEnv, namespace, 'user', 'Running');
          const mounts = mountedVolumes(testEnv);
          expectThat('the volume is mounted', mounts.length > 0, mounts);
          await scaleOperator(testEnv, 1);
          await untilTakenOver(testEnv, left);
          expectEqual('what is mounted', mountedVolumes(testEnv), mounts);
          const { status } = await testEnv.kube.get(resources.pods, {
            ...{ namespace: namespace.name, name: 'user' },
          });
          expectEqual('restarts of the pod', status?.containerStatuses?.[0]?.restartCount, 0);
          const touch = ['/bin/sh', '-c', 'touch "$RACKWRIGHT_SANDBOX_ROOT/data/after"'];
          const ended = await namespace.kubectl('exec', 'user', '--', ...touch);
          expectEqual(`exit code: ${ended.stderr}`, ended.code, 0);
          expectEqual('log', await untilDone(testEnv, namespace, 'user'), 'before\n');
        }),
      );
    } finally {
      await scaleOperator(testEnv, 1);
      await testEnv.kubectl('delete', 'deployments.pmem-csi.intel.com', name);
    }
    await eventually(testEnv, 'the driver to leave the node', async () => {
      return (await topologyKeys(testEnv, memoryNode)) === undefined;
    });
  },
};

async function scaleOperator({ kubectl, namespace }: TestEnvironment, replicas: number): Promise<void> {
  const words = ['scale', 'deployment/rackwright-operator-manager', `--replicas=${replicas}`];
  const scaled = await kubectl(...words, '--namespace', namespace);
  expectEqual(`kubectl scale: ${scaled.stderr}`, scaled.code, 0);
  if (replicas > 0) return;
  const pods = ['pods', '--selector=app.kubernetes.io/name=operator-manager', '--timeout=60s'];
  const gone = await kubectl('wait', '--for=delete', ...pods, '--namespace', namespace);
  expectEqual(`kubectl wait: ${gone.stderr}`, gone.code, 0);
}

/** The Deployment and what the first operator made for it. */
async function leave(testEnv: TestEnvironment): Promise<KubeObject[]> {
  await apply(testEnv, deployment);
  const { metadata } = await testEnv.kube.get(pmemDeployments, { name });
  const objects = await formerObjects(testEnv, metadata?.uid ?? '');
  await apply(testEnv, { apiVersion: 'v1', kind: 'List', items: objects });
  return objects;
}

async function apply(testEnv: TestEnvironment, object: object): Promise<void> {
  const { code, stderr } = await testEnv.kubectlWithInput(JSON.stringify(object), 'apply', '--filename', '-');
  expectEqual(`exit code of kubectl apply: ${stderr}`, code, 0);
}

/** The programs are ours, whatever the images are called, so the pods lack what only those of 2020 need. */
async function formerObjects({ namespace, clock }: TestEnvironment, uid: string): Promise<KubeObject[]> {
  const text = JSON.stringify(firstOperatorObjects(uid)).replaceAll(
    '"namespace":"pmem-csi"',
    `"namespace":"${namespace}"`,
  );
  const authority = await Authority.create(clock);
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  const certificates = new Map([[`${name}-pmem-ca`, { 'tls.crt': base64(authority.cert), 'tls.key': '' }]]);
  for (const host of Object.values(pmem.tlsName)) {
    const { cert, key } = await authority.issue({ commonName: host, hosts: [host] });
    certificates.set(`${name}-${host}`, { 'tls.crt': base64(cert), 'tls.key': base64(key) });
  }
  return (JSON.parse(text) as KubeObject[]).map((object) => {
    const data = certificates.get(object.metadata?.name ?? '');
    if (object.kind === 'Secret' && data !== undefined) return { ...object, data } as KubeObject;
    return 'spec' in object && /Set$/.test(object.kind ?? '') ? runnable(object as DaemonSet) : object;
  });
}

function runnable<T extends DaemonSet | StatefulSet>(workload: T): T {
  const template = structuredClone(workload.spec?.template ?? { spec: { containers: [] } });
  template.metadata = {
    ...template.metadata,
    annotations: { [rackwright.annotation.networkProxy]: 'true' },
  };
  if (workload.kind === 'DaemonSet' && template.spec !== undefined) {
    // Namespaces and groups are made by the driver itself, which looks at /sys for them.
    delete template.spec.initContainers;
    template.spec.nodeSelector = { [nodeLabel]: 'true' };
    const [driver, registrar] = template.spec.containers;
    driver?.volumeMounts?.push({ name: 'sys-dir', mountPath: '/sys' });
    if (driver?.image !== undefined && registrar !== undefined)
      Object.assign(registrar, { image: driver.image, command: registrarCommand });
  }
  return { ...workload, spec: { ...workload.spec, template } };
}

async function untilOldDriverServes(testEnv: TestEnvironment): Promise<void> {
  const { kube, namespace } = testEnv;
  await eventually(testEnv, 'the controller of the first operator', async () => {
    const { status } = await kube.get(resources.statefulSets, { namespace, name: `${name}-controller` });
    return status?.readyReplicas === 1;
  });
  await eventually(testEnv, 'the driver of the first operator on the node', async () => {
    return (await topologyKeys(testEnv, memoryNode))?.includes(`${driverName}/node`) === true;
  });
}

/** What goes on is the very same object; what is not needed is gone, and every pod is of this operator. */
async function untilTakenOver(testEnv: TestEnvironment, left: readonly KubeObject[]): Promise<void> {
  const { kube, namespace } = testEnv;
  await eventually(testEnv, 'the Deployment to be Running', async () => {
    const { status } = await kube.get(pmemDeployments, { name });
    if (status?.phase === 'Running') return true;
    throw new Error(`it is ${status?.phase}: ${status?.reason}`);
  });
  const workloads = await Promise.all([
    kube.get(resources.statefulSets, { namespace, name: `${name}-controller` }),
    kube.get(resources.daemonSets, { namespace, name: `${name}-node` }),
  ]);
  for (const { metadata, spec } of workloads) {
    // The second one of the very object: it was changed in place.
    expectEqual('generation of the workload', metadata?.generation, 2);
    expectEqual('who manages it', metadata?.labels?.['app.kubernetes.io/managed-by'], pmem.olderManagedBy);
    const [driver] = spec?.template.spec?.containers ?? [];
    expectThat('it runs this driver', driver?.image?.includes('v0.6.0') === false, driver?.image);
  }
  const roles = left.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole');
  await eventually(testEnv, 'the roles to go', async () => {
    const { items } = await kube.list(resources.roles, { namespace });
    const inCluster = await kube.list(resources.clusterRoles);
    const names = [...items, ...inCluster.items].map(({ metadata }) => metadata?.name);
    return roles.every(({ metadata }) => !names.includes(metadata?.name));
  });
}

/** Mounts of logical volumes on the node; others if one was taken away and put there again. */
function mountedVolumes({ nodes }: TestEnvironment): string[] {
  const root = nodes.find(({ name: of }) => of === memoryNode)?.host.root;
  if (root === undefined) throw new Error(`there is no node ${memoryNode}`);
  const mounts = parseMountinfo(new HostFiles(root).readText(root.proc('1', 'mountinfo')) ?? '');
  return mounts
    .filter(({ source }) => source.startsWith(root.dev('mapper/ndbus')))
    .map(({ id, mountPoint, source }) => `${id} ${source} at ${mountPoint}`);
}
