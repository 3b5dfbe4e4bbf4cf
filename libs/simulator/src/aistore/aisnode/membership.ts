import { randomBytes } from 'node:crypto';
import { FatalError } from '../process/program.ts';
import { configuredUrl, configuredUrls, joinAt, newestMap, primaryUrl, proxyUrls } from './discovery.ts';
import { Election } from './election.ts';
import type { NodeContext } from './node-context.ts';
import { activeTargets, firstSmap, isActive, joined, type Smap } from './smap.ts';
import { answerMs } from './timings.ts';

/** How a node comes into a cluster and leaves it. */
export class Membership {
  readonly #node: NodeContext;
  /** How many targets a starting primary waits for. */
  readonly #targetsWanted: number | undefined;

  constructor(node: NodeContext, targetsWanted: number | undefined) {
    this.#node = node;
    this.#targetsWanted = targetsWanted;
  }

  /**
   * Joins the cluster that is there, or starts one if this is the proxy that shall.
   *
   * @throws FatalError when the primary finds no targets and was told of none
   */
  async enter(): Promise<void> {
    const { clock, signal, times, state } = this.#node;
    const deadline = clock.monotonic() + times.targetsWanted;
    for (;;) {
      signal.throwIfAborted();
      const urls = [...proxyUrls(state.rememberedSmap), ...configuredUrls(this.#node)];
      const smap = await newestMap(this.#node, urls);
      if (smap !== undefined && smap.primary !== this.#node.self.daemon_id) {
        if (await joinAt(this.#node, primaryUrl(smap), true)) return this.#joined();
      } else if (smap !== undefined || (await this.#startsCluster(urls, clock.monotonic() > deadline))) {
        return this.#start(smap);
      }
      await clock.sleep(times.keepalive / 3, signal);
    }
  }

  /** SIGTERM: off the map at once; a primary names its successor. */
  async exit(): Promise<void> {
    const { state, self, peers } = this.#node;
    const { smap } = state;
    if (smap === undefined) return;
    if (!state.isPrimary) {
      const url = `${primaryUrl(smap)}/v1/cluster/daemon/${self.daemon_id}`;
      await peers.ask(url, { method: 'DELETE', timeoutMs: answerMs });
      return;
    }
    const next = smap.nodes.find(({ daemon_id }) => daemon_id === Election.successor(smap));
    if (next === undefined) return;
    const url = `${next.intra_control_net.direct_url}/v1/vote/pri-stop`;
    await peers.ask(url, { method: 'PUT', body: state.text(), timeoutMs: answerMs });
  }

  #joined(): void {
    this.#node.started.value = true;
    this.#node.log('joined the cluster');
  }

  /**
   * Where no cluster runs: the proxy that was primary last starts one, by the newest map that any
   * proxy has kept. The one the configuration names does so the first time, and when that proxy does
   * not come back.
   */
  async #startsCluster(urls: readonly string[], isLate: boolean): Promise<boolean> {
    const { self, state, role } = this.#node;
    if (role !== 'proxy') return false;
    const told = await newestMap(this.#node, urls, 'remembered');
    const own = state.rememberedSmap;
    const newest = (told?.version ?? 0) > (own?.version ?? 0) ? told : own;
    if (newest !== undefined && !isLate) return newest.primary === self.daemon_id;
    const named = configuredUrl(this.#node, 'primary_url');
    return hostAndPort(named) === hostAndPort(self.intra_control_net.direct_url);
  }

  /** @param told the map other proxies have, which still names this one */
  async #start(told: Smap | undefined): Promise<void> {
    const { state, clock, times, started, signal, log } = this.#node;
    state.change({ smap: this.#startingMap(told) });
    log(`starts as primary of cluster ${state.smap?.uuid}`);
    const since = clock.monotonic();
    const targets = (): number => (state.smap === undefined ? 0 : activeTargets(state.smap).length);
    for (;;) {
      const passed = clock.monotonic() - since;
      const wanted = this.#targetsWanted ?? 0;
      if (wanted === 0 && targets() === 0 && passed > times.withoutTargets) {
        throw new FatalError(
          'FATAL ERROR: primary: no targets have joined and none are expected (-ntargets=0)',
        );
      }
      const isComplete = targets() >= Math.max(1, wanted) || passed > times.targetsWanted;
      if (isComplete && passed > times.startup) break;
      await clock.sleep(Math.min(100, times.startup), signal);
    }
    started.value = true;
    log('the cluster has started');
  }

  /** Nodes that were in maintenance stay so, all others join again. */
  #startingMap(told: Smap | undefined): Smap {
    const { self, state, clock } = this.#node;
    const remembered = state.rememberedSmap;
    if (told !== undefined && told.uuid === remembered?.uuid) return joined(told, self);
    const uuid = remembered?.uuid ?? randomBytes(7).toString('base64url').slice(0, 9);
    const first = firstSmap(uuid, self, remembered?.creationTime ?? new Date(clock.now()).toISOString());
    const kept = (remembered?.nodes ?? []).filter(
      (node) => !isActive(node) && node.daemon_id !== self.daemon_id,
    );
    // Who remembers the map of before takes the new one only if it is newer.
    return { ...first, nodes: [...first.nodes, ...kept], version: (remembered?.version ?? 0) + 1 };
  }
}

function hostAndPort(url: string): string {
  return URL.parse(url)?.host ?? '';
}
