import type { AidaptivCacheNodeStatus } from '@rackwright/api';
import { Lifetime, systemClock } from '@rackwright/core';
import { ai100, ai100PluginMetric } from '@rackwright/keys';
import type { SimulatedHost } from '@rackwright/simulator';
import { PluginRun } from '../plugin-run.ts';
import { PlainApi } from './plain-api.ts';
import { StepClock, stepMs } from './step-clock.ts';

/** What people and the kubelet see of the node, in the words they see it in. */
export interface Seen {
  /** What the drive was, one after the other. */
  readonly drive: readonly string[];
  /** Of the kubelet. */
  readonly units: string;
  /** Conditions that are not as on a node that is well. */
  readonly conditions: readonly string[];
  readonly events: readonly string[];
  readonly actions: readonly string[];
}

const node = 'n1';
const paths = {
  node: `/api/v1/nodes/${node}`,
  report: `/apis/operators.phison.com/v1beta1/aidaptivcachenodes/${node}`,
  events: '/apis/events.k8s.io/v1/namespaces/default/events',
};

/** Reasons of the conditions of a node that is well. */
const ordinary: readonly string[] = ['Ready', 'Healthy', 'Compliant', 'Available'];

/** The second of the node's two drives: the one to which things happen. */
export const drive = { name: 'nvme1', serial: 'AI1E2T0240000002' } as const;

/** A node with two drives in one striped cache, its plugin, a kubelet, and what keeps what the plugin tells. */
export class TableNode implements AsyncDisposable {
  readonly clock = new StepClock();
  readonly #lifetime = new Lifetime();
  readonly #told = new Set<unknown>();
  #of: string = drive.serial;
  #drive: string[] = [];
  #api: PlainApi | undefined;
  #run: PluginRun | undefined;

  static async start(): Promise<TableNode> {
    const self = new TableNode();
    try {
      await self.#start();
    } catch (error) {
      await self[Symbol.asyncDispose]();
      throw error;
    }
    return self;
  }

  get run(): PluginRun {
    if (this.#run === undefined) throw new Error('the plugin was not started');
    return this.#run;
  }

  get host(): SimulatedHost {
    return this.run.host;
  }

  get #known(): PlainApi {
    if (this.#api === undefined) throw new Error('nothing keeps what the plugin writes');
    return this.#api;
  }

  async #start(): Promise<void> {
    this.#api = this.#lifetime.use(await PlainApi.start());
    const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready' };
    this.#api.put(paths.node, { status: { conditions: [ready] } });
    const { clock } = this;
    const host = { nvme: [{}, {}] };
    const cluster = this.#api.pod;
    this.#run = this.#lifetime.use(await PluginRun.start({ host, args: argsOf([]), clock, cluster }));
    await clock.moreThan(0);
    this.#lifetime.use(
      this.host.watchTriggers((error) => {
        throw error;
      }),
    );
  }

  /** An agent with these arguments, of which nothing was told yet, and whose units are all well. */
  async begin(args: readonly string[]): Promise<void> {
    await this.#stop();
    this.#of = drive.serial;
    this.#newEvents();
    const { plugins } = this.run.kubelet;
    const before = plugins.value.get(ai100.resource);
    const { looks } = this.clock;
    this.run.startAnew(argsOf(args));
    await this.clock.moreThan(looks);
    await plugins.until((known) => known.get(ai100.resource) !== before);
    await this.until('two healthy units', async () => (await this.units()) === '2 of 2 healthy');
    this.#drive = [];
    await this.#note();
  }

  /** Annotations of the Node. */
  annotate(annotations: Readonly<Record<string, string>>): void {
    this.#known.put(paths.node, { metadata: { annotations } });
  }

  /** Looks again until it is so. */
  async until(what: string, isSo: () => boolean | Promise<boolean>, most = 20): Promise<void> {
    for (let looks = 0; !(await isSo()); looks++) {
      if (looks === most) throw new Error(`no ${what} after ${most} looks: ${JSON.stringify(this.status)}`);
      await this.step();
    }
  }

  async steps(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.step();
  }

  async step(): Promise<void> {
    await this.clock.step();
    await this.#settle();
    await this.#note();
  }

  /** What was begun with a drive is waited for: its end has the plugin look again. */
  async #settle(): Promise<void> {
    for (;;) {
      const { looks } = this.clock;
      if (this.status?.recovery?.inProgress !== true) return;
      await this.clock.moreThan(looks);
    }
  }

  /** Watches another drive. */
  watch(serial: string): void {
    this.#of = serial;
    this.#drive = [];
  }

  /** What the drive is now. */
  get state(): string {
    return this.#drive.at(-1) ?? '';
  }

  get status(): AidaptivCacheNodeStatus | undefined {
    return this.#known.objects.get(paths.report)?.status as AidaptivCacheNodeStatus | undefined;
  }

  /** Counters of what was done, as `/metrics` has them. */
  async actions(): Promise<string[]> {
    const metric = await this.run.metrics.getSingleMetric(ai100PluginMetric.recoveryActions)?.get();
    return (metric?.values ?? []).map(({ labels, value }) => `${labels.action} ${labels.result} ${value}`);
  }

  /** Ends the agent, so that all was told, and says what was seen. */
  async seen(): Promise<Seen> {
    const conditions = this.status?.conditions ?? [];
    const [units, actions] = [await this.units(), await this.actions()];
    await this.#stop();
    return {
      ...{ drive: this.#drive, units, actions },
      conditions: conditions
        .filter(({ reason }) => !ordinary.includes(reason))
        .map(({ type, status, reason }) => `${type} ${status}: ${reason}`),
      events: this.#newEvents(),
    };
  }

  async #note(): Promise<void> {
    const device = this.status?.devices?.find(({ serial }) => serial === this.#of);
    const state = device === undefined ? 'gone' : `${device.health}`;
    if (this.#drive.at(-1) !== state) this.#drive.push(state);
  }

  /** What the kubelet has been told, once that is what the plugin thinks. */
  async units(): Promise<string> {
    const { kubelet, metrics } = this.run;
    const gauge = await metrics.getSingleMetric(ai100PluginMetric.unitsHealthy)?.get();
    const healthy = gauge?.values[0]?.value ?? 0;
    const list = await kubelet.devices(
      ai100.resource,
      (devices) => devices.filter(({ health }) => health === 'Healthy').length === healthy,
    );
    return `${healthy} of ${list.length} healthy`;
  }

  /** Events that were not there before. */
  #newEvents(): string[] {
    const fresh = this.#known.list(paths.events).filter((one) => !this.#told.has(one));
    for (const one of fresh) this.#told.add(one);
    return fresh.map(({ reason, note }) => `${reason}: ${note}`).sort();
  }

  /** Its last events may wait for time to pass. */
  async #stop(): Promise<void> {
    let isOver = false;
    const stopping = this.run.stop().finally(() => {
      isOver = true;
    });
    await Promise.race([stopping, systemClock.sleep(3000)]);
    while (!isOver) {
      await this.clock.advance(1000);
      await systemClock.sleep(100);
    }
    await stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }
}

function argsOf(own: readonly string[]): string[] {
  const seconds = stepMs / 1000;
  return [
    `--node-name=${node}`,
    ...[`--discovery-interval=${seconds}s`, `--health-poll=${seconds + 1}s`, '--health-command-timeout=10s'],
    ...own,
  ];
}
