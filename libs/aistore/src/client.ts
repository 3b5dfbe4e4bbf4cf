import type { Clock } from '@rackwright/core';
import type { AisNode, ClusterMap } from './cluster-map.ts';
import { dialectOf } from './dialect.ts';
import { isAisError, isBusy, isNotFound, isNotReady, malformed } from './error.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson, writeJson } from './json.ts';
import {
  type DecommissionOptions,
  isDoneAlready,
  type MaintenanceOptions,
  type MembershipAction,
  type MembershipChange,
  rebalanceIdOf,
} from './membership.ts';
import { AisObjects } from './objects.ts';
import { ClusterMapProblem, parseClusterMap } from './parse-cluster-map.ts';
import { parseRebalanceStatus, type RebalanceStatus } from './rebalance.ts';
import type { AisTls } from './tls.ts';
import type { TokenSource } from './token-source.ts';
import { Transport, type WireAnswer, type WireRequest } from './transport.ts';

/** What an `AisClient` needs. */
export interface AisClientOptions {
  /** The public address of any proxy, or of a Service before them: `https://ais-proxy.ns:51080`. */
  readonly baseUrl: string;
  readonly tls?: AisTls | undefined;
  /** Absent where the cluster asks for no token. */
  readonly token?: TokenSource | undefined;
  readonly clock: Clock;
  /** Ends every call. */
  readonly signal?: AbortSignal | undefined;
  /** Default `ais-operator`. */
  readonly userAgent?: string;
  /** Milliseconds for a whole call; default 10,000. */
  readonly timeoutMs?: number;
  /** Variables that name a proxy. A cluster is in the same network: default is none, whatever the process has. */
  readonly proxyEnv?: NodeJS.ProcessEnv | undefined;
}

/** What every call takes. */
export interface CallOptions {
  /** Gives the call up; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Another time limit than the client's. */
  readonly timeoutMs?: number | undefined;
}

const clusterPath = '/v1/cluster';

/**
 * The API of one AIStore cluster, of releases 4.9 and 5.0. Each call is one
 * request, or one for each node; nothing is waited for and nothing repeated but
 * reads on a connection that turned out to be closed, and once what was refused
 * for its token. `isBusy`, `isRejected`, `isAuthError` and `isNotReady` tell
 * what an error means.
 */
export class AisClient implements Disposable {
  /** Buckets and objects, for tests that look whether data survives. */
  readonly objects: AisObjects;
  readonly #transport: Transport;

  /** @throws HwError InvalidArgument if the URL, a certificate or a key makes no sense */
  constructor({ userAgent = 'ais-operator', timeoutMs = 10_000, ...options }: AisClientOptions) {
    this.#transport = new Transport({ ...options, userAgent, timeoutMs });
    this.objects = new AisObjects(this.#transport);
  }

  /**
   * Whether the proxy is up or, with `readyToRebalance`, the cluster takes changes of its membership.
   * A cluster that is away, starting or too slow is false; what waiting does not mend is an error.
   */
  async health(options: CallOptions & { readonly readyToRebalance?: boolean } = {}): Promise<boolean> {
    const { readyToRebalance = false, ...call } = options;
    try {
      await this.#get(`/v1/health${readyToRebalance ? '?prr=true' : ''}`, call);
      return true;
    } catch (error) {
      if (isNotReady(error)) return false;
      throw error;
    }
  }

  /** The cluster map. A primary that is starting takes up to 15 s to answer. */
  async clusterMap(call: CallOptions = {}): Promise<ClusterMap> {
    const path = '/v1/daemon?what=smap';
    const answer = await this.#getJson(path, call);
    try {
      return parseClusterMap(answer);
    } catch (error) {
      if (error instanceof ClusterMapProblem) throw error.forCall(this.#describe(path));
      throw error;
    }
  }

  /** The configuration of the cluster, as AIStore names its settings. */
  async config(call: CallOptions = {}): Promise<JsonObject> {
    const path = `${clusterPath}?what=cluster_config`;
    const answer = await this.#getJson(path, call);
    if (isJsonObject(answer)) return answer;
    throw malformed(this.#describe(path), 'the configuration is not an object');
  }

  /** Changes the settings that are named; `transient` ones are forgotten at the next start. */
  async setConfig(
    partial: JsonObject,
    { transient = false, ...call }: CallOptions & { readonly transient?: boolean } = {},
  ): Promise<void> {
    const query = transient ? '?transient=true' : '';
    await this.#act({ action: 'set-config', value: partial }, call, query);
  }

  /** Makes a proxy the primary; with `force` even if the primary does not answer. */
  async setPrimary(
    { id, publicNet }: Pick<AisNode, 'id' | 'publicNet'>,
    { force = false, ...call }: CallOptions & { readonly force?: boolean } = {},
  ): Promise<void> {
    const query = force ? `?${new URLSearchParams({ frc: 'true', can: publicNet.url })}` : '';
    const path = `${clusterPath}/proxy/${encodeURIComponent(id)}${query}`;
    await this.#transport.send({ method: 'PUT', path, ...call });
  }

  /** Takes nodes out of service without removing them; one that is out already is done. */
  startMaintenance(
    ids: readonly string[],
    { skipRebalance = false, ...call }: CallOptions & MaintenanceOptions = {},
  ): Promise<MembershipChange> {
    return this.#change('start-maintenance', ids, { skip_rebalance: skipRebalance }, call);
  }

  /** Takes nodes back into service; one that is in service already is done. */
  stopMaintenance(ids: readonly string[], call: CallOptions = {}): Promise<MembershipChange> {
    return this.#change('stop-maintenance', ids, {}, call);
  }

  /** Removes nodes from the cluster for good, after their objects were moved away. */
  decommission(
    ids: readonly string[],
    { removeUserData, skipRebalance, keepInitialConfig, ...call }: CallOptions & DecommissionOptions,
  ): Promise<MembershipChange> {
    const settings = {
      rm_user_data: removeUserData,
      skip_rebalance: skipRebalance ?? false,
      keep_initial_config: keepInitialConfig ?? false,
    };
    return this.#change('decommission-node', ids, settings, call);
  }

  /** Ends the process of a node, which comes back into the map when it is started again. */
  shutdownNode(id: string, call: CallOptions = {}): Promise<MembershipChange> {
    return this.#change('shutdown-node', [id], {}, call);
  }

  /** Ends all processes of the cluster; data and metadata stay. */
  shutdownCluster(call: CallOptions = {}): Promise<void> {
    return this.#end({ action: 'shutdown' }, call);
  }

  /** Ends the cluster for good: metadata is deleted and, with `removeUserData`, the objects as well. */
  decommissionCluster({
    removeUserData,
    ...call
  }: CallOptions & { readonly removeUserData: boolean }): Promise<void> {
    return this.#end({ action: 'decommission', value: { rm_user_data: removeUserData } }, call);
  }

  /** Has objects moved to where they belong by the cluster map; one that runs goes on. */
  async startRebalance(call: CallOptions = {}): Promise<void> {
    await this.#act({ action: 'start', value: { Kind: 'rebalance' } }, call);
  }

  /** The rebalance that runs, or the last one; undefined if the cluster knows of none. */
  async rebalanceStatus(call: CallOptions = {}): Promise<RebalanceStatus | undefined> {
    const path = `${clusterPath}?what=status`;
    try {
      const status = parseRebalanceStatus(await this.#getJson(path, call, { Kind: 'rebalance' }));
      if (status !== undefined) return status;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
    throw malformed(this.#describe(path), 'the status is not that of a job');
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }

  async #change(
    action: MembershipAction,
    ids: readonly string[],
    settings: JsonObject,
    call: CallOptions,
  ): Promise<MembershipChange> {
    const isBatch = ids.length > 1 && dialectOf(await this.config(call)) === '5.0';
    const steps = isBatch ? [ids] : ids.map((id) => [id]);
    let rebalanceId: string | undefined;
    for (const [done, step] of steps.entries()) {
      const value = { ...(isBatch ? { sids: ids } : { sid: step[0] ?? '' }), ...settings };
      try {
        const answer = await this.#act({ action, value }, call);
        rebalanceId = rebalanceIdOf(answer.body.toString('utf8')) ?? rebalanceId;
      } catch (error) {
        if (isBusy(error)) return { rebalanceId, waiting: steps.slice(done).flat() };
        if (!isDoneAlready(action, error)) throw error;
      }
    }
    return { rebalanceId, waiting: [] };
  }

  /** The primary ends before or while it answers: that it took the request is all there is to know. */
  async #end(message: JsonObject, call: CallOptions): Promise<void> {
    try {
      await this.#act(message, call);
    } catch (error) {
      if (!isAisError(error, 'AnswerLost')) throw error;
    }
  }

  #act(message: JsonObject, call: CallOptions, query = ''): Promise<WireAnswer> {
    return this.#transport.send({
      ...{ method: 'PUT', path: clusterPath + query, body: writeJson(message) },
      ...call,
    });
  }

  #get(path: string, call: CallOptions, body?: JsonObject): Promise<WireAnswer> {
    const wire: WireRequest = { method: 'GET', path, ...call };
    return this.#transport.send(body === undefined ? wire : { ...wire, body: writeJson(body) });
  }

  async #getJson(path: string, call: CallOptions, body?: JsonObject): Promise<JsonValue> {
    const answer = await this.#get(path, call, body);
    try {
      return parseJson(answer.body.toString('utf8'));
    } catch (cause) {
      throw malformed(this.#describe(path), 'it is not JSON', cause);
    }
  }

  #describe(path: string): string {
    return this.#transport.describe({ method: 'GET', path });
  }
}
