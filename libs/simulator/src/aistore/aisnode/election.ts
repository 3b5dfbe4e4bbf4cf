import { isAlive, primaryUrl } from './discovery.ts';
import type { NodeContext } from './node-context.ts';
import { highestWeight } from './placement.ts';
import type { Primary } from './primary.ts';
import { electable, nodeOf, type Smap, withPrimary } from './smap.ts';
import { answerMs } from './timings.ts';

/** How another proxy becomes primary when the primary is gone. */
export class Election {
  readonly #node: NodeContext;
  readonly #primary: Primary;

  constructor(node: NodeContext, primary: Primary) {
    this.#node = node;
    this.#primary = primary;
  }

  /** Who follows a primary: whom all nodes find by the same map. */
  static successor(smap: Smap, passed: ReadonlySet<string> = new Set()): string | undefined {
    const ids = electable(smap).map(({ daemon_id }) => daemon_id);
    return highestWeight(
      ids.filter((id) => id !== smap.primary && !passed.has(id)),
      smap.uuid,
    );
  }

  /** Asks for votes if this proxy is the one to follow. Returns whether it is primary now. */
  async stand(smap: Smap): Promise<boolean> {
    const { self, log } = this.#node;
    const passed = new Set<string>();
    for (;;) {
      const next = Election.successor(smap, passed);
      if (next === undefined) return false;
      if (next === self.daemon_id) break;
      const url = nodeOf(smap, next)?.intra_control_net.direct_url ?? '';
      if (await isAlive(this.#node, url)) return false;
      passed.add(next);
    }
    if (!(await this.#wins(smap))) return false;
    log(`elected primary in place of ${smap.primary}`);
    await this.takeOver(smap);
    return true;
  }

  /** Becomes primary in place of one that is gone. */
  async takeOver(smap: Smap): Promise<void> {
    const { state, self, started } = this.#node;
    started.value = true;
    state.change({ smap: withPrimary(smap, self.daemon_id, smap.primary) });
    await this.#primary.sync();
  }

  /** A vote: whether the primary is gone for this node, too. */
  async votesFor(candidate: string): Promise<boolean> {
    const { state } = this.#node;
    const { smap } = state;
    if (smap === undefined || state.isPrimary || nodeOf(smap, candidate) === undefined) return false;
    return !(await isAlive(this.#node, primaryUrl(smap)));
  }

  async #wins(smap: Smap): Promise<boolean> {
    const { self, peers } = this.#node;
    const voters = smap.nodes.filter(
      ({ daemon_id }) => daemon_id !== self.daemon_id && daemon_id !== smap.primary,
    );
    const votes = await Promise.all(
      voters.map(async ({ intra_control_net }) => {
        const url = `${intra_control_net.direct_url}/v1/vote/proxy?candidate=${self.daemon_id}`;
        return (await peers.ask(url, { method: 'GET', timeoutMs: answerMs }))?.toString('utf8');
      }),
    );
    // Those that do not answer have no say; one that sees the primary has a veto.
    return !votes.includes('no');
  }
}
