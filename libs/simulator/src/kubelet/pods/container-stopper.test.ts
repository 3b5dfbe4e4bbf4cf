import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import type { NodeContext } from '../node-context.ts';
import type { Container, Pod } from '../pod-model.ts';
import { podWith, record, sidecar } from '../testing/pods.ts';
import { stopContainer, stopPod } from './container-stopper.ts';
import type { KillReason } from './pod-actions.ts';

/** A node whose containers and hooks take as long to end as a test says. */
class Bench {
  readonly clock = new ManualClock();
  /** Second, container, and seconds it was given. */
  readonly stops: [at: number, name: string, grace: number][] = [];
  readonly warnings: string[] = [];
  readonly #start = this.clock.now();
  readonly #takesMs: Readonly<Record<string, number>>;
  readonly #names: readonly string[];

  constructor(names: readonly string[], takesMs: Readonly<Record<string, number>> = {}) {
    this.#names = names;
    this.#takesMs = takesMs;
  }

  /** Stops something, letting a minute pass. */
  async run(stop: (node: NodeContext) => Promise<void>): Promise<void> {
    const done = stop(this.#node());
    await this.clock.advance(60_000);
    await done;
  }

  #node(): NodeContext {
    const runtime = {
      list: () => this.#names.map((name) => record(name)),
      stop: (id: string, graceMs: number) => {
        const name = id.replace(/-0$/, '');
        this.stops.push([(this.clock.now() - this.#start) / 1000, name, graceMs / 1000]);
        return this.clock.sleep(Math.min(graceMs, this.#takesMs[name] ?? 0));
      },
      exec: async () => {
        await this.clock.sleep(this.#takesMs.hook ?? 0);
        return { exitCode: 0, output: '' };
      },
    };
    const events = {
      normal: () => undefined,
      warning: (_: Pod, reason: string) => this.warnings.push(reason),
    };
    return { clock: this.clock, runtime, events } as unknown as NodeContext;
  }
}

const hook = { lifecycle: { preStop: { exec: { command: ['x'] } } } };

test('main containers end together, then the sidecars, the last one first', async () => {
  const bench = new Bench(['a', 'b', 's1', 's2'], { a: 3000, b: 1000, s2: 2000 });
  const pod = podWith({
    terminationGracePeriodSeconds: 10,
    initContainers: [sidecar('s1'), { name: 'done' }, sidecar('s2')],
    containers: [{ name: 'a' }, { name: 'b' }],
  });
  await bench.run((node) => stopPod(node, pod, 'ip'));
  expect(bench.stops).toEqual([
    [0, 'a', 10],
    [0, 'b', 10],
    [3, 's2', 7],
    [5, 's1', 5],
  ]);
});

test('sidecars do not wait longer than the pod has time, and get two seconds all the same', async () => {
  const bench = new Bench(['a', 's'], { a: 30_000 });
  const pod = podWith({
    terminationGracePeriodSeconds: 4,
    initContainers: [sidecar('s')],
    containers: [{ name: 'a' }],
  });
  await bench.run((node) => stopPod(node, pod, 'ip'));
  expect(bench.stops).toEqual([
    [0, 'a', 4],
    [4, 's', 2],
  ]);
});

test('the preStop hook takes its time from the container’s', async () => {
  const bench = new Bench(['a'], { hook: 3000 });
  const pod = podWith({ terminationGracePeriodSeconds: 10, containers: [{ name: 'a', ...hook }] });
  await bench.run((node) => stopPod(node, pod, 'ip'));
  expect(bench.stops).toEqual([[3, 'a', 7]]);
  expect(bench.warnings).toEqual([]);
});

test('a hook that takes too long is given up and told', async () => {
  const bench = new Bench(['a'], { hook: 50_000 });
  const pod = podWith({ terminationGracePeriodSeconds: 5, containers: [{ name: 'a', ...hook }] });
  await bench.run((node) => stopPod(node, pod, 'ip'));
  expect(bench.stops).toEqual([[5, 'a', 2]]);
  expect(bench.warnings).toEqual(['FailedPreStopHook']);
});

test('without time there is no hook', async () => {
  const bench = new Bench(['a'], { hook: 1000 });
  const pod = podWith({ containers: [{ name: 'a', ...hook }] }, { deletionGracePeriodSeconds: 0 });
  await bench.run((node) => stopPod(node, pod, 'ip'));
  expect(bench.stops).toEqual([[0, 'a', 2]]);
});

test.each([
  ['liveness', {}, 7],
  ['startup', {}, 20],
  ['other', {}, 20],
  ['liveness', { deletionGracePeriodSeconds: 3 }, 3],
] as const)(
  'a container killed for %s has the time that is meant for it',
  async (reason, metadata, seconds) => {
    const bench = new Bench(['a']);
    const container: Container = { name: 'a', livenessProbe: { terminationGracePeriodSeconds: 7 } };
    const pod = podWith({ terminationGracePeriodSeconds: 20, containers: [container] }, metadata);
    const request = {
      pod,
      container,
      record: record('a'),
      podIp: 'ip',
      message: '',
      reason: reason as KillReason,
    };
    await bench.run((node) => stopContainer(node, request));
    expect(bench.stops).toEqual([[0, 'a', seconds]]);
  },
);
