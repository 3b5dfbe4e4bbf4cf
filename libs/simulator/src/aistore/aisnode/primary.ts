import { errorMessage, Mutex } from '@rackwright/core';
import { ApiError, busy } from '../process/call.ts';
import type { JsonObject } from '../process/json.ts';
import type { ClusterState } from './cluster-state.ts';
import { isOn, isRefusal, withChange } from './config.ts';
import { type NodeContext, nodeName } from './node-context.ts';
import { Rebalance } from './rebalance.ts';
import {
  activeTargets,
  flagged,
  isActive,
  joined,
  left,
  nodeFlag,
  nodeOf,
  type Smap,
  type SmapNode,
  withPrimary,
} from './smap.ts';
import type { Wipe } from './state-files.ts';
import { answerMs } from './timings.ts';

/** How a node is taken out of service. */
export interface Removal extends Wipe {
  readonly kind: 'start-maintenance' | 'shutdown-node' | 'decommission-node';
  readonly skipRebalance: boolean;
}

/** What only the primary does: it changes the state of the cluster and tells everybody. */
export class Primary {
  readonly rebalance: Rebalance;
  readonly #node: NodeContext;
  readonly #membership = new Mutex();

  constructor(node: NodeContext) {
    this.#node = node;
    this.rebalance = new Rebalance(node, () => this.sync());
  }

  /**
   * Takes a node into the cluster, or takes it back.
   *
   * @param hasStarted false for a node that only lost touch
   * @param known what the node knows of this cluster; newer than what the primary knows if that was away
   */
  async join(
    node: SmapNode,
    { hasStarted, known }: { readonly hasStarted: boolean; readonly known: ClusterState | undefined },
  ): Promise<void> {
    await this.#membership.run(async () => {
      if (known !== undefined) this.#learn(known);
      const smap = this.#smap();
      const before = nodeOf(smap, node.daemon_id);
      if (before !== undefined && !hasStarted) return;
      this.#setSmap(joined(smap, node));
      this.#node.log(`${nodeName(node)} joined`);
      const isNews = node.daemon_type === 'target' && (before === undefined || !isActive(before));
      if (isNews && this.#mayRebalance()) this.rebalance.start(async () => undefined);
      await this.sync();
    });
  }

  /** A node that stops takes itself off the map. */
  async leave(id: string): Promise<void> {
    await this.#membership.run(async () => {
      this.#setSmap(left(this.#smap(), id));
      this.#node.log(`${id} left`);
      await this.sync();
    });
  }

  async setConfig(change: JsonObject, transient: boolean): Promise<void> {
    const { version, value } = this.#node.state.current.config;
    const next = withChange(value, change);
    if (isRefusal(next)) throw new ApiError(400, next.refused);
    this.#node.state.change({ config: { version: version + 1, value: next } }, { persistConfig: !transient });
    await this.sync();
  }

  /** Another proxy becomes primary; this one stays a proxy. */
  async handOver(id: string): Promise<void> {
    await this.#membership.run(async () => {
      const smap = this.#smap();
      const next = nodeOf(smap, id);
      if (next?.daemon_type !== 'proxy')
        throw new ApiError(404, `proxy ${id} does not exist in the cluster map`);
      if (smap.primary === id) return;
      if (!isActive(next) || (next.flags & nodeFlag.nonElectable) !== 0) {
        throw new ApiError(400, `${nodeName(next)} cannot become primary`);
      }
      this.rebalance.abort();
      this.#setSmap(withPrimary(smap, id));
      await this.sync();
    });
  }

  /** @returns the id of the rebalance this takes, empty for none */
  async remove(ids: readonly string[], removal: Removal): Promise<string> {
    return this.#membership.run(async () => {
      const nodes = ids.map((id) => this.#removable(id));
      const targets = nodes.filter(({ daemon_type }) => daemon_type === 'target');
      const { dialect, faults, log } = this.#node;
      if (faults.current.busy === true) throw busy('cluster');
      if (targets.length > 0 && this.rebalance.isRunning) throw busy(nodeName(targets[0] ?? this.#node.self));
      const inMaintenance = nodes.find(({ flags }) => (flags & nodeFlag.maintenance) !== 0);
      if (inMaintenance !== undefined && removal.kind === 'start-maintenance') {
        if (dialect === '4.9')
          throw new ApiError(400, `${nodeName(inMaintenance)} is already in maintenance mode`);
        return '';
      }
      const flag = removal.kind === 'decommission-node' ? nodeFlag.decommission : nodeFlag.maintenance;
      for (const id of ids) this.#setSmap(flagged(this.#smap(), id, { set: flag }));
      log(`${removal.kind} of ${nodes.map(nodeName).join(', ')}`);
      const needsRebalance = targets.length > 0 && !removal.skipRebalance && this.#mayRebalance();
      if (needsRebalance) {
        const id = this.rebalance.start(() => this.#membership.run(() => this.#removed(ids, removal)));
        await this.sync();
        return id;
      }
      await this.sync();
      await this.#removed(ids, removal);
      await this.sync();
      return '';
    });
  }

  async stopMaintenance(ids: readonly string[]): Promise<string> {
    return this.#membership.run(async () => {
      const smap = this.#smap();
      const nodes = ids.map((id) => nodeOf(smap, id) ?? notFound(id));
      const clear = nodeFlag.maintenance | nodeFlag.postRebalance;
      for (const node of nodes) {
        if ((node.flags & nodeFlag.maintenance) === 0) {
          throw new ApiError(400, `${nodeName(node)} is not in maintenance mode`);
        }
        this.#setSmap(flagged(this.#smap(), node.daemon_id, { clear }));
      }
      const isTarget = nodes.some(({ daemon_type }) => daemon_type === 'target');
      const id = isTarget && this.#mayRebalance() ? this.rebalance.start(async () => undefined) : '';
      await this.sync();
      return id;
    });
  }

  /** All other nodes end, and leave nothing of the cluster if it is decommissioned. */
  async endCluster(decommission: Wipe | undefined): Promise<void> {
    await this.#membership.run(async () => {
      this.rebalance.abort();
      const others = this.#smap().nodes.filter(({ daemon_id }) => daemon_id !== this.#node.self.daemon_id);
      await Promise.all(
        others.map((node) =>
          this.#sendAway(node, {
            wipe: decommission !== undefined,
            rm_user_data: decommission?.removeUserData ?? false,
            keep_initial_config: decommission?.keepInitialConfig ?? false,
          }),
        ),
      );
    });
  }

  async createBucket(name: string): Promise<void> {
    const { bmd } = this.#node.state.current;
    if (bmd.buckets.includes(name)) throw new ApiError(409, `bucket "ais://${name}" already exists`);
    await this.#setBuckets([...bmd.buckets, name]);
  }

  async destroyBucket(name: string): Promise<void> {
    const { bmd } = this.#node.state.current;
    if (!bmd.buckets.includes(name)) throw new ApiError(404, `bucket "ais://${name}" does not exist`);
    await this.#setBuckets(bmd.buckets.filter((one) => one !== name));
  }

  /** Tells every other node what is new; one that cannot be reached asks by itself. */
  async sync(): Promise<void> {
    const { state, self, peers, log } = this.#node;
    const body = state.text();
    await Promise.all(
      this.#smap()
        .nodes.filter(({ daemon_id }) => daemon_id !== self.daemon_id)
        .map(async (node) => {
          const url = `${node.intra_control_net.direct_url}/v1/metasync`;
          try {
            await peers.call(url, { method: 'PUT', body, timeoutMs: answerMs });
          } catch (error) {
            log(`${nodeName(node)} was not told: ${errorMessage(error)}`);
          }
        }),
    );
  }

  #learn({ smap: told, bmd, config }: ClusterState): void {
    const smap = this.#smap();
    if (told?.uuid !== smap.uuid) return;
    const { current } = this.#node.state;
    this.#node.state.change({
      // Who has the higher version would keep its old map.
      smap: { ...smap, version: Math.max(smap.version, told.version) },
      bmd: bmd.version > current.bmd.version ? bmd : current.bmd,
      config: config.version > current.config.version ? config : current.config,
    });
  }

  /** What becomes of nodes that hold no objects of the cluster any more. */
  async #removed(
    ids: readonly string[],
    { kind, removeUserData, keepInitialConfig }: Removal,
  ): Promise<void> {
    for (const id of ids) {
      const node = nodeOf(this.#smap(), id);
      // It came back meanwhile, or is gone for good.
      if (node === undefined || isActive(node)) continue;
      const isDecommissioned = kind === 'decommission-node';
      if (kind !== 'start-maintenance') {
        const wishes = { rm_user_data: removeUserData, keep_initial_config: keepInitialConfig };
        await this.#sendAway(node, { ...wishes, wipe: isDecommissioned });
      }
      // Only now: a node that runs and is not on the map joins again.
      if (isDecommissioned) this.#setSmap(left(this.#smap(), id));
      else if (node.daemon_type === 'target') {
        this.#setSmap(flagged(this.#smap(), id, { set: nodeFlag.postRebalance }));
      }
    }
  }

  async #sendAway(node: SmapNode, wishes: JsonObject): Promise<void> {
    const url = `${node.intra_control_net.direct_url}/v1/daemon/leave`;
    const body = JSON.stringify(wishes);
    const answer = await this.#node.peers.ask(url, { method: 'POST', body, timeoutMs: answerMs });
    if (answer === undefined) this.#node.log(`${nodeName(node)} could not be told to leave`);
  }

  #removable(id: string): SmapNode {
    const smap = this.#smap();
    const node = nodeOf(smap, id) ?? notFound(id);
    if (id === smap.primary) throw new ApiError(400, `${nodeName(node)} is primary, cannot be removed`);
    return node;
  }

  #mayRebalance(): boolean {
    const { state, started } = this.#node;
    const isEnabled = isOn(state.current.config.value, 'rebalance', 'enabled');
    return isEnabled && started.value && activeTargets(this.#smap()).length > 0;
  }

  async #setBuckets(buckets: readonly string[]): Promise<void> {
    const { version } = this.#node.state.current.bmd;
    this.#node.state.change({ bmd: { version: version + 1, buckets } });
    await this.sync();
  }

  #smap(): Smap {
    const { smap } = this.#node.state;
    if (smap === undefined) throw new ApiError(503, 'the cluster is starting up');
    return smap;
  }

  #setSmap(smap: Smap): void {
    this.#node.state.change({ smap });
  }
}

function notFound(id: string): never {
  throw new ApiError(404, `node ${id} does not exist in the cluster map`);
}
