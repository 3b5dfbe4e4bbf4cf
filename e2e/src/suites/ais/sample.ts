import { fileURLToPath } from 'node:url';
import type { AIStore } from '@rackwright/api';
import { type KubeObject, resources } from '@rackwright/kube';
import type { Case, Recorder } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { change, untilReady } from './cluster.ts';
import { ObjectClient } from './object-client.ts';

const name = 'aistore-sample';
const file = fileURLToPath(new URL('../../../../config/samples/ais_v1alpha1_aistore.yaml', import.meta.url));
const objects = 200;

/** Pods that take another image are asked every second whether they are ready, so that people wait less. */
const quickProbes = { initialDelaySeconds: 1, periodSeconds: 1, failureThreshold: 120 };
const probes = { readiness: quickProbes, startup: quickProbes };

export const sample: Case = {
  name: 'the sample of the first operator comes up with its pods; its objects are all there when it grows, shrinks and takes another image; deleted it leaves nothing',
  deadlineMs: 600_000,
  async run(testEnv, record) {
    await CaseNamespace.use(testEnv, 'ais', async (namespace) => {
      const applied = await namespace.kubectl('apply', '--filename', file);
      expectEqual(`exit code of kubectl apply: ${applied.stderr}`, applied.code, 0);
      try {
        await live(testEnv, namespace, record);
      } finally {
        await namespace.kubectl('delete', 'aistore', '--all', '--wait=false');
      }
    });
  },
};

/** From its first pod to the last thing that is left of it. */
async function live(testEnv: TestEnvironment, namespace: CaseNamespace, record: Recorder): Promise<void> {
  const stages = stopwatch(testEnv);
  const { status } = await untilReady(testEnv, namespace, name);
  stages.note('Ready');
  record('URL', status?.intraClusterURL?.replace(namespace.name, 'NAMESPACE'));
  expectEqual('kubectl get pods', await podsOf(namespace), [
    'NAME READY STATUS',
    `${name}-proxy-0 1/1 Running`,
    `${name}-target-0 1/1 Running`,
  ]);
  record('what belongs to it', await belongings(namespace));
  const client = await ObjectClient.start(namespace, status?.intraClusterURL ?? '');
  await client.put('images', objects);
  stages.note(`${objects} objects put`);
  for (const size of [3, 2]) {
    const { status: after } = await change(testEnv, namespace, name, { size });
    stages.note(`size ${size}`);
    expectEqual('targets', after?.targets?.ready, size);
    expectEqual(`objects with ${size} targets`, await client.read('images', objects), objects);
  }
  const { status: rolled } = await change(testEnv, namespace, name, {
    ...{ nodeImage: 'docker.io/aistorage/aisnode:v4.9', cleanupMetadata: true, cleanupData: true },
    ...({ proxySpec: { probes }, targetSpec: { probes, pdb: { enabled: true } } } as Partial<
      AIStore['spec']
    >),
  });
  stages.note('another image');
  expectEqual('targets with the other image', rolled?.targets?.updated, 2);
  expectEqual('objects after it', await client.read('images', objects), objects);
  await goes(testEnv, namespace);
  stages.note('deleted');
  record.figure(`AIStore's sample on ${testEnv.kind} nodes, seconds since it was applied: ${stages.noted()}`);
}

async function goes(testEnv: TestEnvironment, namespace: CaseNamespace): Promise<void> {
  const { code, stderr } = await namespace.kubectl('delete', 'aistore', name, '--wait', '--timeout=90s');
  expectEqual(`exit code of kubectl delete: ${stderr}`, code, 0);
  const { pods, services, persistentVolumeClaims, jobs } = resources;
  for (const type of [pods, services, persistentVolumeClaims, jobs])
    await eventually(testEnv, `${type.plural} of the cluster to go`, async () => {
      const { items } = await testEnv.kube.list<KubeObject>(type, { namespace: namespace.name });
      return items.every(({ metadata }) => !metadata?.name?.includes(name));
    });
}

/** Everything of the cluster that Kubernetes has, as `kubectl get` names it. */
async function belongings(namespace: CaseNamespace): Promise<readonly string[]> {
  const kinds = 'statefulsets,services,configmaps,persistentvolumeclaims,serviceaccounts,roles,rolebindings';
  const { stdout } = await namespace.kubectl('get', kinds, '--output=name');
  return stdout
    .split('\n')
    .filter((line) => line.includes(name))
    .sort();
}

/** What `kubectl get pods` shows, without how often they were started and how old they are. */
async function podsOf(namespace: CaseNamespace): Promise<readonly string[]> {
  const { stdout } = await namespace.kubectl('get', 'pods');
  const lines = stdout.trim().split('\n');
  return lines.map((line) => line.split(/\s+/).slice(0, 3).join(' '));
}

function stopwatch({ clock }: TestEnvironment): { note(what: string): void; noted(): string } {
  const started = clock.monotonic();
  const notes: string[] = [];
  return {
    note: (what) => void notes.push(`${what} ${((clock.monotonic() - started) / 1000).toFixed(1)}`),
    noted: () => notes.join(', '),
  };
}
