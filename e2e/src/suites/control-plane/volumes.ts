import { type KubeObject, resources } from '@rackwright/kube';
import { localProvisioner } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { CaseNamespace, server } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';

const replicas = 3;

/** Notes each start of a pod on its volume, then serves. */
const script =
  'echo "$HOSTNAME $TURN" >> "$RACKWRIGHT_SANDBOX_ROOT/data/starts"; cat "$RACKWRIGHT_SANDBOX_ROOT/data/starts"; exec "$0" "$@"';

function statefulSet(turn: string, storageClassName: string): KubeObject {
  const { command = [], ...container } = server(['serve', '8080', 'keeper']);
  const template = {
    metadata: { labels: { app: 'keeper' } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          ...container,
          command: ['/bin/sh', '-c', script, ...command],
          env: [{ name: 'TURN', value: turn }],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
    },
  };
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Mi' } } },
  };
  const spec = { replicas, serviceName: 'keeper', selector: { matchLabels: { app: 'keeper' } }, template };
  const object = { spec: { ...spec, volumeClaimTemplates: [claim] } };
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'keeper' }, ...object };
}

function storageClass(name: string, reclaimPolicy: string, volumeBindingMode: string): KubeObject {
  const object = { provisioner: localProvisioner, reclaimPolicy, volumeBindingMode };
  return { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name }, ...object };
}

function claim(name: string, storageClassName: string, accessMode: string): KubeObject {
  const spec = { accessModes: [accessMode], storageClassName, resources: { requests: { storage: '1Mi' } } };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, ...{ spec } };
}

async function volumesOf(testEnv: TestEnvironment, className: string) {
  const { items } = await testEnv.kube.list(resources.persistentVolumes);
  return items.filter(({ spec }) => spec?.storageClassName === className);
}

async function rollOut(namespace: CaseNamespace, turn: string, className: string): Promise<void> {
  await namespace.apply(statefulSet(turn, className));
  const words = ['rollout', 'status', 'statefulset/keeper', '--timeout=90s'];
  const outcome = await namespace.kubectl(...words);
  expectEqual(`exit code of kubectl rollout status: ${outcome.stderr}`, outcome.code, 0);
}

export const volumes: readonly Case[] = [
  {
    name: 'a StatefulSet of three with a volume each keeps its data over a rolling restart',
    // AIStore's targets are such a set, and are rolled in every run.
    long: true,
    async run(testEnv, record) {
      await CaseNamespace.use(testEnv, 'stateful', async (namespace) => {
        const className = `wait-${namespace.name}`;
        await namespace.apply(storageClass(className, 'Delete', 'WaitForFirstConsumer'));
        try {
          await rollOut(namespace, 'first', className);
          await rollOut(namespace, 'second', className);
          for (let i = 0; i < replicas; i++) {
            const { stdout } = await namespace.kubectl('logs', `keeper-${i}`);
            record(`keeper-${i} finds`, stdout.split('\n').slice(0, 2));
            const [before, now] = stdout.split('\n');
            expectEqual('what the volume holds', [before, now], [`keeper-${i} first`, `keeper-${i} second`]);
          }
          const made = await volumesOf(testEnv, className);
          expectEqual('volumes', made.length, replicas);
          await namespace.kubectl('delete', 'statefulset', 'keeper', '--wait');
          await namespace.kubectl('delete', 'persistentvolumeclaims', '--all', '--wait=false');
          await eventually(testEnv, 'the volumes to be deleted', async () => {
            return (await volumesOf(testEnv, className)).length === 0;
          });
        } finally {
          await testEnv.kubectl('delete', 'storageclass', className);
        }
      });
    },
  },
  {
    name: 'a volume of a class that retains outlives its claim, and a claim that cannot be met says why',
    async run(testEnv, record) {
      await CaseNamespace.use(testEnv, 'claims', async (namespace) => {
        const className = `retain-${namespace.name}`;
        const claims = [
          claim('kept', className, 'ReadWriteOnce'),
          claim('shared', className, 'ReadWriteMany'),
        ];
        await namespace.apply(storageClass(className, 'Retain', 'Immediate'), ...claims);
        try {
          const phases = async (): Promise<(string | undefined)[]> =>
            (await volumesOf(testEnv, className)).map(({ status }) => status?.phase);
          await eventually(testEnv, 'the claim to be bound', async () => (await phases()).join() === 'Bound');
          const words = ['--field-selector=regarding.name=shared,reason=ProvisioningFailed'];
          // A provisioner that has the claim before its class says that there is no such class, and tries again.
          const why = await eventually(testEnv, 'the event that tells of the access mode', async () => {
            const path = '--output=jsonpath={range .items[*]}{.note}{"\\n"}{end}';
            const { stdout } = await namespace.kubectl('get', 'events.events.k8s.io', ...words, path);
            return stdout.split('\n').find((note) => note.includes('ReadWriteMany'));
          });
          record('why the other claim waits', why);
          await namespace.kubectl('delete', 'persistentvolumeclaim', 'kept', '--wait');
          await eventually(
            testEnv,
            'the volume to be released',
            async () => (await phases()).join() === 'Released',
          );
        } finally {
          await testEnv.kubectl('delete', 'storageclass', className);
          const names = (await volumesOf(testEnv, className)).map(({ metadata }) => metadata?.name ?? '');
          if (names.length > 0) await testEnv.kubectl('delete', 'persistentvolume', ...names);
        }
      });
    },
  },
];
