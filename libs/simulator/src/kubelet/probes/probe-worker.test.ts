import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import type { Container, ContainerStatus, Pod, Probe } from '../pod-model.ts';
import type { ProbeKind, ProbeResult } from './probe-results.ts';
import { ProbeWorker } from './probe-worker.ts';

/** A container under probe, whose every property the test can change. */
class Bench {
  readonly clock = new ManualClock();
  readonly reports: (ProbeResult | undefined)[] = [];
  readonly failures: string[] = [];
  probes = 0;
  healthy = true;
  containerId: string | undefined = 'one';
  started: boolean;
  running = true;
  startedAt = this.clock.now();
  deleted = false;
  ended = false;
  adopted = false;
  readonly #abort = new AbortController();
  readonly #worker: ProbeWorker;
  #done: Promise<void> = Promise.resolve();

  constructor(kind: ProbeKind, probe: Probe) {
    this.started = kind !== 'startup';
    const container: Container = { name: 'c' };
    this.#worker = new ProbeWorker({
      ...{ kind, container, probe, clock: this.clock },
      view: () => ({ pod: this.#pod(), status: this.#status(), ...this.#facts() }),
      adopted: () => this.adopted,
      run: () => {
        this.probes += 1;
        return Promise.resolve({ ok: this.healthy, message: 'no' });
      },
      report: (_, result) => this.reports.push(result),
      failed: (message) => this.failures.push(message),
    });
  }

  /** Lets the worker run for some milliseconds; the first call starts it. */
  async pass(ms: number): Promise<void> {
    if (this.clock.waiting === 0) this.#done = this.#worker.start(this.#abort.signal);
    await this.clock.advance(ms);
  }

  trigger(): void {
    this.#worker.trigger();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  #facts() {
    return { containerId: this.containerId, startedAt: this.startedAt, ended: this.ended };
  }

  #pod(): Pod {
    const deletion = this.deleted ? { deletionTimestamp: 'now' } : {};
    return { metadata: { name: 'p', ...deletion }, spec: { containers: [] } };
  }

  #status(): ContainerStatus {
    const state = this.running ? { running: {} } : { terminated: { exitCode: 1 } };
    return { name: 'c', image: '', imageID: '', ready: false, restartCount: 0, started: this.started, state };
  }
}

test('a container is ready after the first success and not any more after three failures', async () => {
  const bench = new Bench('readiness', { periodSeconds: 10 });
  await bench.pass(0);
  expect(bench.reports).toEqual(['failure', 'success']);
  bench.healthy = false;
  await bench.pass(29_999);
  expect(bench.reports.at(-1)).toBe('success');
  await bench.pass(1);
  expect(bench.reports.at(-1)).toBe('failure');
  expect(bench.failures).toHaveLength(3);
  await bench.stop();
});

test('the thresholds of the probe count, and one other result starts them anew', async () => {
  const bench = new Bench('readiness', { periodSeconds: 1, successThreshold: 2, failureThreshold: 2 });
  await bench.pass(0);
  expect(bench.reports).toEqual(['failure']);
  await bench.pass(1000);
  expect(bench.reports).toEqual(['failure', 'success']);
  for (const healthy of [false, true, false]) {
    bench.healthy = healthy;
    await bench.pass(1000);
  }
  expect(bench.reports.at(-1)).toBe('success');
  await bench.stop();
});

test('nothing is probed before the initial delay', async () => {
  const bench = new Bench('readiness', { periodSeconds: 1, initialDelaySeconds: 5 });
  await bench.pass(4000);
  expect(bench.probes).toBe(0);
  await bench.pass(1000);
  expect(bench.probes).toBe(1);
  await bench.stop();
});

test('other probes wait for the container to have started', async () => {
  const bench = new Bench('liveness', { periodSeconds: 1 });
  bench.started = false;
  await bench.pass(5000);
  expect(bench.probes).toBe(0);
  bench.started = true;
  await bench.pass(1000);
  expect(bench.probes).toBe(1);
  await bench.stop();
});

test('after a failed liveness probe there is silence until the next container', async () => {
  const bench = new Bench('liveness', { periodSeconds: 1, failureThreshold: 1 });
  bench.healthy = false;
  await bench.pass(10_000);
  expect(bench.reports).toEqual(['success', 'failure']);
  expect(bench.probes).toBe(1);
  bench.containerId = 'two';
  bench.healthy = true;
  await bench.pass(1000);
  expect(bench.reports).toEqual(['success', 'failure', undefined, 'success', 'success']);
  await bench.stop();
});

test('a startup probe ends with its first settled result', async () => {
  const bench = new Bench('startup', { periodSeconds: 1, failureThreshold: 30 });
  bench.healthy = false;
  await bench.pass(3000);
  expect(bench.reports).toEqual(['unknown']);
  bench.healthy = true;
  await bench.pass(10_000);
  expect(bench.reports).toEqual(['unknown', 'success']);
  expect(bench.probes).toBe(5);
  await bench.stop();
});

test('a trigger probes at once instead of at the end of the period', async () => {
  const bench = new Bench('readiness', { periodSeconds: 100 });
  await bench.pass(0);
  bench.trigger();
  await bench.pass(0);
  expect(bench.probes).toBe(2);
  await bench.stop();
});

test('a container that has ended is not ready, and is not probed', async () => {
  const bench = new Bench('readiness', { periodSeconds: 1 });
  await bench.pass(0);
  bench.running = false;
  await bench.pass(2000);
  expect(bench.reports.at(-1)).toBe('failure');
  expect(bench.probes).toBe(1);
  await bench.stop();
});

test('liveness is not probed any more while the pod is being deleted', async () => {
  const bench = new Bench('liveness', { periodSeconds: 1 });
  await bench.pass(0);
  bench.deleted = true;
  bench.healthy = false;
  await bench.pass(10_000);
  expect(bench.reports.at(-1)).toBe('success');
  expect(bench.probes).toBe(1);
  await bench.stop();
});

test('a container from before the kubelet’s restart keeps its state until it is probed', async () => {
  const bench = new Bench('readiness', { periodSeconds: 1, initialDelaySeconds: 3 });
  bench.adopted = true;
  await bench.pass(2000);
  expect(bench.reports).toEqual([]);
  await bench.pass(1000);
  expect(bench.reports).toEqual(['success']);
  await bench.stop();
});

test('probing ends with the pod', async () => {
  const bench = new Bench('readiness', { periodSeconds: 1 });
  await bench.pass(0);
  bench.ended = true;
  await bench.pass(5000);
  expect(bench.probes).toBe(1);
  expect(bench.clock.waiting).toBe(0);
});
