import { type Answer, ApiError, type Call, okay } from '../process/call.ts';
import { checkAccess } from './access.ts';
import { adminPath, answerAdmin } from './admin-routes.ts';
import { changeBucket, changesBuckets, ownEntries, readBuckets } from './bucket-routes.ts';
import { ClusterRoutes } from './cluster-routes.ts';
import { primaryUrl } from './discovery.ts';
import { ownHealth, readyToRebalance } from './health.ts';
import { metricsText } from './metrics.ts';
import type { NodeContext } from './node-context.ts';
import { redirected, TargetObjects } from './object-routes.ts';
import { type PeerParts, PeerRoutes } from './peer-routes.ts';

/** How long the primary has for what a proxy passes on to it, in milliseconds: a list waits for all targets. */
const forwardMs = 60_000;

/** Everything a node answers. */
export class Routes {
  readonly #node: NodeContext;
  readonly #parts: PeerParts;
  readonly #cluster: ClusterRoutes;
  readonly #peers: PeerRoutes;
  readonly #objects: TargetObjects;
  readonly #tokenKey: string;
  readonly #startedAt: number;

  /** @param tokenKey what AuthN's tokens are signed with; empty where no key is known */
  constructor(node: NodeContext, parts: PeerParts, tokenKey: string) {
    this.#node = node;
    this.#parts = parts;
    this.#cluster = new ClusterRoutes(node, parts.primary);
    this.#peers = new PeerRoutes(node, parts);
    this.#objects = new TargetObjects(node, parts.objects);
    this.#tokenKey = tokenKey;
    this.#startedAt = node.clock.monotonic();
  }

  /** @throws ApiError for a refusal */
  async answer(call: Call): Promise<Answer> {
    const [root = ''] = call.path;
    if (root === adminPath) return answerAdmin(this.#node, call);
    if (root === 'metrics')
      return { status: 200, body: metricsText(this.#node, this.#objects.counts, this.#startedAt) };
    if (root !== 'v1') throw new ApiError(404, `invalid request URI ${call.url}`);
    checkAccess(this.#node, call, this.#tokenKey);
    if (call.peer !== undefined) {
      const answer = await this.#peers.answer(call);
      if (answer !== undefined) return answer;
    }
    return this.#node.role === 'proxy' ? this.#ofProxy(call) : this.#ofTarget(call);
  }

  async #ofProxy(call: Call): Promise<Answer> {
    const [, resource, kind, id = ''] = call.path;
    const { state } = this.#node;
    const isRead = call.method === 'GET' || call.method === 'HEAD';
    switch (resource) {
      case 'health':
        if (call.query.get('prr') !== 'true') return this.#ownHealth(call);
        return this.#atPrimary(call, () => readyToRebalance(this.#node));
      case 'daemon':
        return this.#cluster.read(call);
      case 'cluster':
        if (isRead && call.query.get('what') !== 'status') return this.#cluster.read(call);
        if (isRead) return this.#atPrimary(call, () => this.#cluster.read(call));
        return this.#atPrimary(call, () =>
          kind === 'proxy' ? this.#cluster.setPrimary(id) : this.#cluster.act(call),
        );
      case 'buckets':
        if (!changesBuckets(call)) return readBuckets(this.#node, call);
        return this.#atPrimary(call, () => changeBucket(this.#parts.primary, call));
      case 'objects':
        if (state.smap === undefined) throw new ApiError(503, 'the cluster is starting up');
        return redirected(this.#node, call);
      default:
        throw new ApiError(404, `invalid request URI ${call.url}`);
    }
  }

  async #ofTarget(call: Call): Promise<Answer> {
    const [, resource] = call.path;
    switch (resource) {
      case 'health':
        return this.#ownHealth(call);
      case 'daemon':
        return this.#cluster.read(call);
      case 'buckets':
        return ownEntries(this.#parts.objects, call);
      case 'objects':
        return this.#objects.answer(call);
      default:
        throw new ApiError(404, `invalid request URI ${call.url}`);
    }
  }

  #ownHealth(call: Call): Answer {
    return ownHealth(this.#node, call, this.#node.clock.monotonic() - this.#startedAt);
  }

  /** Does what only the primary does, or has it do it: a proxy that is not primary passes requests on. */
  async #atPrimary(call: Call, act: () => Answer | Promise<Answer>): Promise<Answer> {
    const { state, peers } = this.#node;
    if (state.isPrimary) return act();
    if (state.smap === undefined) throw new ApiError(503, 'the cluster is starting up');
    // Two proxies that each take the other for primary would pass it on for ever.
    if (call.peer !== undefined) throw new ApiError(503, 'this node is not primary');
    const url = `${primaryUrl(state.smap)}${call.url}`;
    try {
      const { status, body } = await peers.call(url, { ...call, timeoutMs: forwardMs });
      const headers = status === 200 ? {} : { 'content-type': 'application/json' };
      return body.length === 0 ? { ...okay, status } : { status, body, headers };
    } catch {
      throw new ApiError(503, 'the primary does not answer');
    }
  }
}
