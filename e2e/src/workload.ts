import { readFile } from 'node:fs/promises';
import { resources } from '@rackwright/kube';
import { eventually } from './observe.ts';
import type { TestEnvironment } from './test-environment.ts';

/** A user's pod that asks for NICs. */
export interface Workload {
  readonly name: string;
  readonly resource: string;
  readonly count: number;
  /** Pins the pod to a node. */
  readonly node?: string;
  /** Default Never. */
  readonly restartPolicy?: 'Always' | 'Never';
  /** Shell text the container runs; default prints its environment and waits. */
  readonly script?: string;
}

export const workloadNamespace = 'default';

/** The pod of a workload, as a user would write it. */
export function workloadPod(workload: Workload) {
  const limits = { [workload.resource]: String(workload.count) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: workload.name, namespace: workloadNamespace },
    spec: {
      restartPolicy: workload.restartPolicy ?? ('Never' as const),
      terminationGracePeriodSeconds: 1,
      ...(workload.node === undefined ? {} : { nodeSelector: { 'kubernetes.io/hostname': workload.node } }),
      containers: [
        {
          name: 'app',
          image: 'rackwright/workload:latest',
          // The environment brings it; nothing could be pulled.
          imagePullPolicy: 'IfNotPresent' as const,
          command: [
            '/bin/sh',
            '-c',
            workload.script ?? 'env; ls "$RACKWRIGHT_SANDBOX_ROOT/dev"; exec sleep 3600',
          ],
          resources: { limits },
        },
      ],
    },
  };
}

/** Creates the workload's pod. */
export async function startWorkload(testEnv: TestEnvironment, workload: Workload): Promise<void> {
  await testEnv.kube.create(resources.pods, workloadPod(workload));
}

/** Waits until the pod is in `phase`; returns the pod. */
export function untilPhase(testEnv: TestEnvironment, name: string, phase: string) {
  return eventually(testEnv, `pod ${name} to be ${phase}`, async () => {
    const pod = await testEnv.kube.get(resources.pods, { namespace: workloadNamespace, name });
    if (pod.status?.phase === phase) return pod;
    throw new Error(`it is ${pod.status?.phase}: ${pod.status?.reason ?? ''} ${pod.status?.message ?? ''}`);
  });
}

/** What the workload's container printed. */
export async function logsOf(testEnv: TestEnvironment, name: string): Promise<string> {
  const outcome = await testEnv.kubectl('logs', '--namespace', workloadNamespace, name);
  if (outcome.code !== 0) throw new Error(`kubectl logs ${name}: ${outcome.stderr}`);
  return outcome.stdout;
}

/** Deletes pods and waits until they are gone. */
export async function stopWorkload(testEnv: TestEnvironment, ...names: readonly string[]): Promise<void> {
  const outcome = await testEnv.kubectl(
    'delete',
    'pod',
    '--namespace',
    workloadNamespace,
    '--ignore-not-found',
    '--wait',
    '--timeout=60s',
    ...names,
  );
  if (outcome.code !== 0) throw new Error(`kubectl delete pod ${names.join(' ')}: ${outcome.stderr}`);
}

/** Text of a repository file, for cases that read a sample as a user would. */
export function readSample(path: string): Promise<string> {
  return readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
}
