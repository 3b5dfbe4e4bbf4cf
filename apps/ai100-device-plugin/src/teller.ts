import { errorMessage } from '@rackwright/core';
import type { AgentSnapshot } from '@rackwright/hardware-nvme';
import { ai100 } from '@rackwright/keys';
import type { HeldDevice, PodResourcesClient } from '@rackwright/kubelet';
import type { ServiceContext } from '@rackwright/service';
import { agentSnapshot } from './agent-snapshot.ts';
import type { CacheKeeper } from './cache/index.ts';
import { CacheUseReader, type CacheUses } from './cache-use.ts';
import type { HealthTracker } from './health/health-tracker.ts';
import type { HostAccess } from './host-access.ts';
import { type EventFacts, nodeEvents } from './node-events.ts';
import type { NodeReport } from './node-report.ts';
import { nodeStatus } from './node-status.ts';
import type { AgentConfig } from './options/index.ts';
import type { Recovery } from './recovery/recovery.ts';
import { recoveryStatus } from './recovery/report.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import type { AgentView } from './view.ts';

/** Where what a look found comes from, and to whom it is told. */
export interface TellerOptions {
  readonly context: Pick<ServiceContext<AgentConfig>, 'config' | 'clock' | 'logger' | 'version'>;
  readonly host: HostAccess;
  readonly keeper: CacheKeeper;
  readonly drives: HealthTracker;
  readonly recovery: Pick<Recovery, 'history' | 'report'>;
  readonly pods: Pick<PodResourcesClient, 'list'>;
  /** What people who gave the flags should know. */
  readonly notices: readonly string[];
  /** Absent where there is no API server to speak to. */
  readonly report?: NodeReport;
}

/** Tells what each look found: the exporter of the node by a file, people by an object and events. */
export class Teller {
  readonly #options: TellerOptions;
  readonly #writer: SnapshotWriter;
  readonly #uses: CacheUseReader;
  /** What was told last. */
  #told: EventFacts | undefined;
  #held: readonly HeldDevice[] | undefined;
  /** Why the kubelet did not say what containers hold, as it was logged. */
  #unsaid: string | undefined;

  constructor(options: TellerOptions) {
    this.#options = options;
    const { host, context } = options;
    this.#writer = new SnapshotWriter(host.root, context.logger);
    this.#uses = new CacheUseReader(host, context.logger);
  }

  /** Units that containers hold now; undefined while the kubelet does not say. */
  async held(signal: AbortSignal): Promise<readonly HeldDevice[] | undefined> {
    const { pods, context } = this.#options;
    const { resourceName } = context.config;
    try {
      const all = await pods.list(signal);
      this.#held = all.filter(({ resource }) => resource === resourceName);
      this.#unsaid = undefined;
    } catch (error) {
      signal.throwIfAborted();
      const unsaid = errorMessage(error);
      if (unsaid !== this.#unsaid) context.logger.warn('units of containers not read', { error: unsaid });
      this.#unsaid = unsaid;
      this.#held = undefined;
    }
    return this.#held;
  }

  /** How many that were when they were last read. */
  get allocated(): number | undefined {
    return this.#held?.length;
  }

  async tell(view: AgentView, signal: AbortSignal): Promise<void> {
    const { report, keeper, context, drives, recovery } = this.#options;
    const cache = keeper.state.value;
    const snapshot = this.#snapshot(view, await this.#uses.read(cache.volumes, signal));
    const tracked = drives.drives.value;
    await this.#writer.write(snapshot);
    if (report === undefined) return;
    if (this.#told === undefined)
      for (const message of this.#options.notices)
        report.emit({ type: 'Warning', reason: ai100.event.firmwareCheckSkipped, message });
    for (const note of nodeEvents(this.#told, { snapshot, cache, tracked })) report.emit(note);
    this.#told = { snapshot, cache, tracked };
    const { version } = context;
    const { history } = recovery;
    const status = nodeStatus({ snapshot, cache, tracked, version, history, before: report.conditions });
    await report.write({ ...status, recovery: this.#recovery() }, signal);
  }

  #recovery(): ReturnType<typeof recoveryStatus> {
    const { context, drives, recovery } = this.#options;
    const quarantined = drives.drives.value.filter(({ health }) => health.state === 'Quarantined');
    const serials = quarantined.map(({ serial }) => serial);
    return recoveryStatus(recovery.report, serials, context.clock.now());
  }

  #snapshot(view: AgentView, uses: CacheUses): AgentSnapshot {
    const { context, keeper, drives, recovery } = this.#options;
    const { config, clock } = context;
    const { transitions } = drives;
    return agentSnapshot({
      ...{ view, cache: keeper.state.value, tracked: drives.drives.value, transitions, held: this.#held },
      ...{ uses, recovery: recovery.report },
      ...{ resource: config.resourceName, pollMs: config.healthPoll, nowMs: clock.now() },
    });
  }
}
