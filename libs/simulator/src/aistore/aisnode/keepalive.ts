import { configuredUrls, isAlive, joinAt, newestMap, primaryUrl, proxyUrls } from './discovery.ts';
import type { Election } from './election.ts';
import type { NodeContext } from './node-context.ts';
import type { Primary } from './primary.ts';
import { nodeOf } from './smap.ts';
import { healthMs } from './timings.ts';

/**
 * Who lives: each node tells the primary that it does, the primary takes those that do not off
 * the map, and proxies elect another primary when it is the primary that is silent.
 */
export class Keepalive {
  readonly #node: NodeContext;
  readonly #primary: Primary;
  readonly #election: Election;
  /** When each node was last heard of, in monotonic milliseconds. */
  readonly #heard = new Map<string, number>();
  #primaryHeard: number;

  constructor(node: NodeContext, primary: Primary, election: Election) {
    this.#node = node;
    this.#primary = primary;
    this.#election = election;
    this.#primaryHeard = node.clock.monotonic();
  }

  /** Runs until the node ends. */
  async run(): Promise<void> {
    const { clock, times, signal, state } = this.#node;
    while (!signal.aborted) {
      await clock.sleep(times.keepalive, signal);
      if (state.isPrimary) await this.#watchOthers();
      else await this.#tellPrimary();
    }
  }

  /** Another node says that it lives. Returns whether it is on the map. */
  heard(id: string): boolean {
    this.#heard.set(id, this.#node.clock.monotonic());
    const { smap } = this.#node.state;
    return smap !== undefined && nodeOf(smap, id) !== undefined;
  }

  async #tellPrimary(): Promise<void> {
    const { state, peers, self, clock, times, role } = this.#node;
    const { smap } = state;
    if (smap === undefined) return;
    const version = `${smap.version}-${state.current.config.version}-${state.current.bmd.version}`;
    const url = `${primaryUrl(smap)}/v1/cluster/keepalive/${self.daemon_id}?seen=${version}`;
    try {
      const { status, body } = await peers.call(url, { method: 'POST', timeoutMs: healthMs });
      if (status === 200) {
        this.#primaryHeard = clock.monotonic();
        if (body.length > 0) state.adopt(body.toString('utf8'));
        return;
      }
      // It is no primary any more, or has taken this node off the map.
      await this.#joinAgain();
    } catch {
      if (clock.monotonic() - this.#primaryHeard < times.primarySilent) return;
      if (await this.#joinAgain()) return;
      if (role === 'proxy' && (await this.#election.stand(smap))) this.#primaryHeard = clock.monotonic();
    }
  }

  /** Returns whether there is a primary that answers. */
  async #joinAgain(): Promise<boolean> {
    const { state, clock } = this.#node;
    const urls = [...proxyUrls(state.smap), ...configuredUrls(this.#node)];
    const smap = await newestMap(this.#node, urls);
    const known = smap ?? state.smap;
    if (known === undefined) return false;
    const url = primaryUrl(known);
    if (url === this.#node.self.intra_control_net.direct_url || !(await joinAt(this.#node, url, false)))
      return false;
    this.#primaryHeard = clock.monotonic();
    return true;
  }

  async #watchOthers(): Promise<void> {
    const { state, self, clock, times, log } = this.#node;
    const now = clock.monotonic();
    this.#primaryHeard = now;
    for (const { daemon_id: id, intra_control_net } of state.smap?.nodes ?? []) {
      if (id === self.daemon_id) continue;
      const heard = this.#heard.get(id);
      // One that a new primary has not heard of yet has all its time.
      if (heard === undefined) this.#heard.set(id, now);
      else if (now - heard > times.nodeSilent && !(await isAlive(this.#node, intra_control_net.direct_url))) {
        log(`${id} is silent`);
        this.#heard.delete(id);
        await this.#primary.leave(id);
      }
    }
  }
}
