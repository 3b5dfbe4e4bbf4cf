import { type KubeObject, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import { driverName, untilDriverRuns } from './deployment.ts';
import { claim, claimed, untilPhase, volumePod, volumesOf, withClass } from './volume-user.ts';

const api = 'rbac.authorization.k8s.io';

/** What its documentation says the external-resizer needs. */
const rules = [
  { apiGroups: [''], resources: ['persistentvolumes'], verbs: ['get', 'list', 'watch', 'patch'] },
  { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['persistentvolumeclaims/status'], verbs: ['patch'] },
  { apiGroups: [''], resources: ['events'], verbs: ['list', 'watch', 'create', 'update', 'patch'] },
  {
    apiGroups: ['storage.k8s.io'],
    resources: ['volumeattributesclasses', 'storageclasses', 'csinodes'],
    verbs: ['get', 'list', 'watch'],
  },
];

/** The real external-resizer beside the driver of one node. */
function resizer(namespace: string, node: string): KubeObject[] {
  const name = `resizer-${namespace}`;
  const meta = { metadata: { name } };
  const roleRef = { apiGroup: api, kind: 'ClusterRole', name };
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const volumes = [
    { name: 'socket', hostPath: { path: `/var/lib/kubelet/plugins/${driverName}`, type: 'Directory' } },
  ];
  const container = {
    name: 'resizer',
    image: 'registry.k8s.io/sig-storage/csi-resizer:v2.3.0',
    imagePullPolicy: 'IfNotPresent',
    args: ['--csi-address=/csi/csi.sock', '--handle-volume-inuse-error=false', '--timeout=1m', '-v=3'],
    volumeMounts: [{ name: 'socket', mountPath: '/csi' }],
  };
  const spec = {
    ...{ nodeName: node, serviceAccountName: name, terminationGracePeriodSeconds: 1 },
    ...{ containers: [container], volumes },
  };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', ...meta },
    { apiVersion: `${api}/v1`, kind: 'ClusterRole', ...meta, ...{ rules } },
    { apiVersion: `${api}/v1`, kind: 'ClusterRoleBinding', ...meta, ...{ roleRef, subjects } },
    { apiVersion: 'v1', kind: 'Pod', ...meta, ...{ spec } },
  ];
}

export const expansion: Case = {
  name: 'a claim that asks for more has its volume grown under the running pod, by the real external-resizer',
  only: 'simulated',
  async run(testEnv) {
    await untilDriverRuns(testEnv);
    await CaseNamespace.use(testEnv, 'pmem-grow', async (namespace) => {
      await withClass(testEnv, namespace, async (className) => {
        await namespace.apply(
          claim('data', className),
          volumePod('user', 'exec sleep 3600', claimed('data')),
        );
        await untilPhase(testEnv, namespace, 'user', 'Running');
        const user = await testEnv.kube.get(resources.pods, { namespace: namespace.name, name: 'user' });
        await namespace.apply(...resizer(namespace.name, user.spec?.nodeName ?? ''));
        try {
          const more = JSON.stringify({ spec: { resources: { requests: { storage: '16Mi' } } } });
          const patch = await namespace.kubectl('patch', 'persistentvolumeclaim', 'data', '--patch', more);
          expectEqual(`exit code of kubectl patch: ${patch.stderr}`, patch.code, 0);
          await eventually(testEnv, 'the claim to have grown', async () => {
            const key = { namespace: namespace.name, name: 'data' };
            const { status } = await testEnv.kube.get(resources.persistentVolumeClaims, key);
            if (status?.capacity?.storage === '16Mi') return true;
            throw new Error(JSON.stringify(status));
          });
          const [volume] = await volumesOf(testEnv, className);
          expectEqual('size of the volume', volume?.spec?.capacity?.storage, '16Mi');
        } finally {
          for (const kind of ['clusterrole', 'clusterrolebinding']) {
            await testEnv.kubectl('delete', kind, `resizer-${namespace.name}`);
          }
        }
      });
    });
  },
};
