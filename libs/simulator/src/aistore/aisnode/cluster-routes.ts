import { type Answer, ApiError, bodyOf, type Call, json, okay, text } from '../process/call.ts';
import { at, isObject, type JsonObject, textAt } from '../process/json.ts';
import { shownConfig } from './config.ts';
import { spoiledSmap } from './faults.ts';
import type { NodeContext } from './node-context.ts';
import type { Primary, Removal } from './primary.ts';
import { smapText } from './smap-json.ts';
import type { Wipe } from './state-files.ts';

/** Ids have eight characters at least. */
const shortestId = 4;

/** What is asked of the cluster as a whole, at the primary. */
export class ClusterRoutes {
  readonly #node: NodeContext;
  readonly #primary: Primary;

  constructor(node: NodeContext, primary: Primary) {
    this.#node = node;
    this.#primary = primary;
  }

  /** GET /v1/cluster and /v1/daemon: `what` says of what. */
  async read(call: Call): Promise<Answer> {
    const { state, dialect, faults } = this.#node;
    const what = call.query.get('what') ?? '';
    switch (what) {
      case 'smap': {
        const smap = await this.#smapWhenStarted(call);
        return text(call.peer === undefined ? spoiledSmap(smap, faults.current) : smap);
      }
      case 'remembered': {
        // For proxies that start: together they find out who was primary last.
        const { rememberedSmap } = state;
        if (rememberedSmap === undefined) throw new ApiError(404, 'no cluster map');
        return text(smapText(rememberedSmap));
      }
      case 'cluster_config':
      case 'config': {
        const { version, value } = state.current.config;
        const uuid = state.smap?.uuid ?? '';
        return json({ ...shownConfig(value, dialect), uuid, config_version: String(version) });
      }
      case 'bmd':
        return json({ version: String(state.current.bmd.version), buckets: state.current.bmd.buckets });
      case 'snode':
        return json(this.#node.self);
      case 'status':
        return this.#status(call);
      default:
        throw new ApiError(400, `invalid "what" parameter: ${JSON.stringify(what)}`);
    }
  }

  /** PUT /v1/cluster: an action on the cluster. */
  async act(call: Call): Promise<Answer> {
    const body = bodyOf(call);
    const action = textAt(body, 'action');
    const value = isObject(body.value) ? body.value : {};
    switch (action) {
      case 'set-config':
        await this.#primary.setConfig(value, call.query.get('transient') === 'true');
        return okay;
      case 'start-maintenance':
      case 'shutdown-node':
      case 'decommission-node':
        return told(await this.#primary.remove(this.#ids(value), removalOf(action, value)));
      case 'stop-maintenance':
        return told(await this.#primary.stopMaintenance(this.#ids(value)));
      case 'shutdown':
      case 'decommission':
        return this.#end(action, value);
      case 'start':
        return this.#startRebalance(value);
      case 'stop':
        this.#primary.rebalance.abort();
        return okay;
      default:
        throw new ApiError(400, `unknown action ${JSON.stringify(action)}`);
    }
  }

  /** PUT /v1/cluster/proxy/<id>: another primary. */
  async setPrimary(id: string): Promise<Answer> {
    await this.#primary.handOver(id);
    return okay;
  }

  async #end(action: 'shutdown' | 'decommission', value: JsonObject): Promise<Answer> {
    const { files, leave } = this.#node;
    const wipe = action === 'decommission' ? wipeOf(value) : undefined;
    await this.#primary.endCluster(wipe);
    if (wipe !== undefined) files.wipe(wipe);
    leave(0);
    return okay;
  }

  /** Starting and stopping jobs: of the kinds of job there are, a rebalance. */
  async #startRebalance(value: JsonObject): Promise<Answer> {
    if (kindOf(value) !== 'rebalance')
      throw new ApiError(400, `cannot start ${JSON.stringify(kindOf(value))}`);
    const id = this.#primary.rebalance.start(async () => undefined);
    // Who reads after the answer finds what is on its way: targets ask each other while a rebalance runs.
    await this.#primary.sync();
    return told(id);
  }

  #status(call: Call): Answer {
    const kind = kindOf(bodyOf(call));
    if (kind !== 'rebalance') throw new ApiError(404, `job ${JSON.stringify(kind)} not found`);
    const newest = this.#primary.rebalance.newest;
    if (newest === undefined) throw new ApiError(404, 'rebalance: no such job');
    const { id, error, aborted, endTime } = newest;
    // Nanoseconds, as AIStore has them, are beyond what a number here holds exactly.
    const end = endTime === 0 ? '0' : `${Math.round(endTime)}000000`;
    const rest = JSON.stringify({ kind: 'rebalance', uuid: id, err: error, aborted });
    return text(`${rest.slice(0, -1)},"end_time":${end}}`);
  }

  async #smapWhenStarted(call: Call): Promise<string> {
    const { state, started, clock, times, signal } = this.#node;
    const deadline = clock.monotonic() + times.mapHeldBack;
    const isHeldBack = (): boolean => call.peer === undefined && (state.smap === undefined || !started.value);
    while (isHeldBack() && clock.monotonic() < deadline) await clock.sleep(20, signal);
    if (state.smap === undefined) throw new ApiError(503, 'the cluster is starting up');
    return smapText(state.smap);
  }

  /** The nodes an action is about: one, or in 5.0 several. */
  #ids(value: JsonObject): string[] {
    const several = at(value, 'sids');
    const isBatch = this.#node.dialect === '5.0' && Array.isArray(several) && several.length > 0;
    const ids = (isBatch ? several : [value.sid]).map((id) => (typeof id === 'string' ? id : ''));
    const wrong = ids.find((id) => id.length < shortestId);
    if (wrong === '') throw new ApiError(400, 'node ID is not specified');
    if (wrong !== undefined)
      throw new ApiError(400, `node ID ${JSON.stringify(wrong)} is invalid: too short`);
    return ids;
  }
}

function removalOf(kind: Removal['kind'], value: JsonObject): Removal {
  return {
    ...wipeOf(value),
    kind,
    skipRebalance: value.skip_rebalance === true,
  };
}

function wipeOf(value: JsonObject): Wipe {
  return {
    removeUserData: value.rm_user_data === true,
    keepInitialConfig: value.keep_initial_config === true,
  };
}

/** A job's kind; clients write the key in either case. */
function kindOf(value: JsonObject): string {
  return textAt(value, 'kind') || textAt(value, 'Kind');
}

function told(id: string): Answer {
  return { status: 200, body: id };
}
