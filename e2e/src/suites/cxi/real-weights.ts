import { cxi } from '@rackwright/keys';
import { readContainerMemory } from '@rackwright/testbed';
import type { Case, Recorder } from '../../case.ts';
import { expectThat } from '../../expect.ts';
import { aNicNode, componentPods, eventually, type PodObject } from '../../observe.ts';
import type { TestEnvironment, TestNode } from '../../test-environment.ts';

/** Limit of the agents' anonymous memory, in MiB (docs/performance.md). */
const limitMiB = 28;

const mebibyte = 1024 * 1024;

function inMiB(bytes: number): string {
  return (bytes / mebibyte).toFixed(1);
}

function containerId(pod: PodObject): string {
  return pod.status?.containerStatuses?.[0]?.containerID?.replace('containerd://', '') ?? '';
}

/** Seconds between the runtime's start of a container and the kubelet's word that its pod is ready. */
async function secondsToReady(node: TestNode, pod: PodObject): Promise<number> {
  const started = await node.real?.startedAt(containerId(pod));
  const ready = await node.real?.readyAt(`${pod.metadata?.namespace}/${pod.metadata?.name}`);
  return started === undefined || ready === undefined ? Number.NaN : (ready - started) / 1000;
}

async function weigh(
  testEnv: TestEnvironment,
  node: TestNode,
  component: string,
  record: Recorder,
): Promise<number> {
  const pod = await eventually(testEnv, `a ready pod of ${component}`, async () => {
    const [found] = await componentPods(testEnv, component, node.name);
    return found !== undefined && containerId(found) !== '' ? found : undefined;
  });
  const memory = await readContainerMemory(containerId(pod));
  const ready = await secondsToReady(node, pod);
  expectThat(`the logs tell when ${component} started and was ready`, Number.isFinite(ready), ready);
  const { anonymous, workingSet, usage, peak } = memory;
  record.figure(
    `| ${component} | ${inMiB(anonymous)} | ${inMiB(workingSet)} | ${inMiB(usage)} | ${inMiB(peak)} | ${ready.toFixed(1)} s |`,
  );
  return anonymous;
}

export const realWeights: readonly Case[] = [
  {
    name: 'every agent stays below its memory limit, as its control group counts it',
    only: 'node',
    async run(testEnv, record) {
      const node = aNicNode(testEnv);
      record.figure('');
      record.figure('| agent | anonymous, MiB | working set | all | peak | start to Ready |');
      record.figure('|---|---|---|---|---|---|');
      const weights: Record<string, number> = {};
      for (const component of Object.values(cxi.component)) {
        weights[component] = (await weigh(testEnv, node, component, record)) / mebibyte;
      }
      // The handler's group holds its cxi_rh doubles too, which are no part of it.
      const { [cxi.component.retryHandler]: _, ...agents } = weights;
      expectThat(
        `anonymous memory is at most ${limitMiB} MiB each`,
        Object.values(agents).every((weight) => weight > 0 && weight <= limitMiB),
        weights,
      );
    },
  },
];
