import { pmemDeployments } from '@rackwright/api';
import { ignoreNotFound, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driverName, pmemNodesOf, topologyKeys } from './deployment.ts';
import { memoryNode } from './persistent-memory.ts';
import { claim, claimed, endPod, untilDone, untilPhase, volumePod, withClass } from './volume-user.ts';

/** As node feature discovery labels nodes with persistent memory. */
const memoryLabel = 'feature.node.kubernetes.io/memory-nv.dax';

/** The example of the first operator's README. */
const example = {
  apiVersion: 'pmem-csi.intel.com/v1alpha1',
  kind: 'Deployment',
  metadata: { name: 'pmem-deployment' },
  spec: { deviceMode: 'lvm', nodeSelector: { [memoryLabel]: 'true' } },
};
const { name } = example.metadata;

export const firstOperator: Case = {
  name: 'a Deployment of the first operator is Running with its pods ready, a claim is bound, a pod writes, the claim grows under another, and its driver can be renamed',
  only: 'simulated',
  async run(testEnv) {
    await testEnv.kubectl('label', 'node', memoryNode, `${memoryLabel}=true`, '--overwrite');
    const outcome = await testEnv.kubectlWithInput(JSON.stringify(example), 'apply', '--filename', '-');
    expectEqual(`exit code of kubectl apply: ${outcome.stderr}`, outcome.code, 0);
    try {
      await untilRunning(testEnv);
      await seeWhatKubectlShows(testEnv);
      await CaseNamespace.use(testEnv, 'pmem-first', async (namespace) => {
        await withClass(testEnv, namespace, async (className) => {
          await namespace.apply(
            claim('data', className),
            volumePod('writer', 'echo "written by $HOSTNAME" > data/file', claimed('data')),
          );
          await untilDone(testEnv, namespace, 'writer');
          await endPod(namespace, 'writer');
          await namespace.apply(volumePod('reader', 'cat data/file', claimed('data')));
          const log = await untilDone(testEnv, namespace, 'reader');
          expectEqual('what the next pod reads', log, 'written by writer\n');
          await endPod(namespace, 'reader');
          await growInUse(testEnv, namespace);
        });
      });
      await renameDriver(testEnv);
    } finally {
      await testEnv.kubectl('delete', 'deployments.pmem-csi.intel.com', name);
    }
    await untilGone(testEnv);
  },
};

/** Real nodes of the test environment have no persistent memory, so that claims are for simulated ones. */
export const firstOperatorOnNodes: Case = {
  name: 'a Deployment of the first operator is Running on real nodes, with the pods and the output its README shows',
  only: 'node',
  async run(testEnv) {
    const [node = ''] = pmemNodesOf(testEnv);
    await testEnv.kubectl('label', 'node', node, `${memoryLabel}=true`, '--overwrite');
    const outcome = await testEnv.kubectlWithInput(JSON.stringify(example), 'apply', '--filename', '-');
    expectEqual(`exit code of kubectl apply: ${outcome.stderr}`, outcome.code, 0);
    try {
      await untilRunning(testEnv, node);
      await seeWhatKubectlShows(testEnv);
    } finally {
      await testEnv.kubectl('delete', 'deployments.pmem-csi.intel.com', name);
      await testEnv.kubectl('label', 'node', node, `${memoryLabel}-`);
    }
    await untilGone(testEnv, node);
  },
};

async function untilRunning(testEnv: TestEnvironment, node = memoryNode): Promise<void> {
  await eventually(testEnv, 'the Deployment to be Running', async () => {
    const { status } = await testEnv.kube.get(pmemDeployments, { name });
    if (status?.phase === 'Running') return true;
    throw new Error(`it is ${status?.phase}: ${status?.reason}; ${await whatContainersSay(testEnv)}`);
  });
  await eventually(testEnv, 'the driver on the node', async () => {
    return (await topologyKeys(testEnv, node))?.includes(`${driverName}/node`) === true;
  });
}

/** Of those that are not ready. */
async function whatContainersSay({ kube, namespace }: TestEnvironment): Promise<string> {
  const labelSelector = `app.kubernetes.io/instance=${name}`;
  const { items } = await kube.list(resources.pods, { namespace, labelSelector });
  const states = items.flatMap(({ status }) => status?.containerStatuses ?? []).filter(({ ready }) => !ready);
  return JSON.stringify(states.map(({ name: of, state, lastState }) => ({ of, state, lastState })));
}

/** As the first operator's README shows it. */
async function seeWhatKubectlShows(testEnv: TestEnvironment): Promise<void> {
  const list = await testEnv.kubectl('get', 'deployments.pmem-csi.intel.com');
  const shown = /^NAME +AGE\npmem-deployment +\S+\n$/;
  expectThat('kubectl get shows name and age', shown.test(list.stdout), list.stdout);
  const where = ['--namespace', testEnv.namespace, `--selector=app.kubernetes.io/instance=${name}`];
  const { stdout } = await testEnv.kubectl('get', 'pods', ...where, '--no-headers');
  const [controller = '', ...nodes] = stdout.trim().split('\n').sort();
  const isReady = /^pmem-deployment-controller-0 +2\/2 +Running /.test(controller);
  expectThat('the controller is ready', isReady, controller);
  // Node discovery may have labelled others.
  const labelled = await testEnv.kube.list(resources.nodes, { labelSelector: `${memoryLabel}=true` });
  expectEqual('pods on nodes', nodes.length, labelled.items.length);
  for (const node of nodes)
    expectThat('the driver is ready', /^pmem-deployment-node-\S+ +2\/2 +Running /.test(node), node);
}

/** A Deployment that names the image of a resizer has one beside its controller, for claims of pods that run. */
async function growInUse(testEnv: TestEnvironment, namespace: CaseNamespace): Promise<void> {
  const spec = { resizerImage: 'registry.k8s.io/sig-storage/csi-resizer:v2.3.0' };
  await testEnv.kube.patch(pmemDeployments, { name }, { spec }, { strategy: 'merge' });
  const script = 'cat data/file; while [ ! -e data/end ]; do sleep 0.2; done; cat data/file';
  await namespace.apply(volumePod('user', script, claimed('data')));
  await untilPhase(testEnv, namespace, 'user', 'Running');
  const more = JSON.stringify({ spec: { resources: { requests: { storage: '16Mi' } } } });
  const patch = await namespace.kubectl('patch', 'persistentvolumeclaim', 'data', '--patch', more);
  expectEqual(`exit code of kubectl patch: ${patch.stderr}`, patch.code, 0);
  const key = { namespace: namespace.name, name: 'data' };
  await eventually(testEnv, 'the resizer to leave the rest to the kubelet', async () => {
    const { status } = await testEnv.kube.get(resources.persistentVolumeClaims, key);
    if (status?.allocatedResources?.storage === '16Mi') return true;
    throw new Error(`${JSON.stringify(status)}; ${await whatContainersSay(testEnv)}`);
  });
  // A kubelet looks at claims of a pod that runs once a minute, and when the pod changes.
  await namespace.kubectl('annotate', 'pod', 'user', 'example.com/grown=yes');
  await eventually(testEnv, 'the claim to have grown', async () => {
    const { status } = await testEnv.kube.get(resources.persistentVolumeClaims, key);
    if (status?.capacity?.storage === '16Mi') return true;
    throw new Error(JSON.stringify(status));
  });
  await namespace.kubectl('exec', 'user', '--', '/bin/sh', '-c', 'touch "$RACKWRIGHT_SANDBOX_ROOT/data/end"');
  const log = await untilDone(testEnv, namespace, 'user');
  expectEqual('what the pod reads before and after', log, 'written by writer\n'.repeat(2));
}

/** The first operator allowed it while it runs: the CSIDriver is another one then. */
async function renameDriver(testEnv: TestEnvironment): Promise<void> {
  const renamed = `renamed.${driverName}`;
  const patch = JSON.stringify({ spec: { driverName: renamed } });
  await testEnv.kubectl('patch', 'deployments.pmem-csi.intel.com', name, '--type=merge', '--patch', patch);
  await eventually(testEnv, 'a CSIDriver of the new name in place of the other', async () => {
    const { items } = await testEnv.kube.list(resources.csiDrivers);
    const names = items.map(({ metadata }) => metadata?.name);
    return names.includes(renamed) && !names.includes(driverName);
  });
}

async function untilGone(testEnv: TestEnvironment, node = memoryNode): Promise<void> {
  await eventually(testEnv, 'the driver to leave the node', async () => {
    return (await topologyKeys(testEnv, node)) === undefined;
  });
  await eventually(testEnv, 'its CSIDriver and Secrets to go', async () => {
    const driver = await ignoreNotFound(testEnv.kube.get(resources.csiDrivers, { name: driverName }));
    const { items } = await testEnv.kube.list(resources.secrets, { namespace: testEnv.namespace });
    return driver === undefined && !items.some(({ metadata }) => metadata?.name?.startsWith(`${name}-`));
  });
}
