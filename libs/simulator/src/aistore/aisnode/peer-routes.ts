import { type Answer, ApiError, bodyOf, type Call, okay, text } from '../process/call.ts';
import { parseState, stateOf } from './cluster-state.ts';
import type { Election } from './election.ts';
import type { Keepalive } from './keepalive.ts';
import { migrate } from './migration.ts';
import type { NodeContext } from './node-context.ts';
import type { ObjectStore } from './objects.ts';
import type { Primary } from './primary.ts';
import { parseNode } from './smap-json.ts';

/** What the parts of a node are that other nodes ask. */
export interface PeerParts {
  readonly primary: Primary;
  readonly election: Election;
  readonly keepalive: Keepalive;
  readonly objects: ObjectStore;
}

/**
 * What nodes of a cluster ask of each other. The paths are AIStore's where it has one; the bodies
 * are the stand-in's own, so stand-ins and real nodes form no cluster together.
 */
export class PeerRoutes {
  readonly #node: NodeContext;
  readonly #parts: PeerParts;

  constructor(node: NodeContext, parts: PeerParts) {
    this.#node = node;
    this.#parts = parts;
  }

  /** Undefined for what is no such request. */
  async answer(call: Call): Promise<Answer | undefined> {
    const [, resource, first = '', second = ''] = call.path;
    switch (`${call.method} ${resource}${resource === 'cluster' || resource === 'vote' ? `/${first}` : ''}`) {
      case 'PUT metasync':
        return this.#metasync(call);
      case 'POST cluster/autoreg':
        return this.#join(call);
      case 'POST cluster/keepalive':
        return this.#keepalive(second, call.query.get('seen') ?? '');
      case 'DELETE cluster/daemon':
        await this.#primaryOnly().leave(second);
        return okay;
      case 'GET vote/proxy':
        return text((await this.#parts.election.votesFor(call.query.get('candidate') ?? '')) ? 'yes' : 'no');
      case 'PUT vote/pri-stop':
        return this.#primaryStops(call);
      case 'POST rebalance':
        return this.#migrate(call);
      case 'POST daemon':
        return this.#leave(call);
      default:
        return undefined;
    }
  }

  #metasync(call: Call): Answer {
    const isTaken = this.#node.state.adopt(call.body.toString('utf8'));
    if (!isTaken) throw new ApiError(409, 'cluster integrity error: not the state of this cluster');
    return okay;
  }

  async #join(call: Call): Promise<Answer> {
    const body = bodyOf(call);
    const node = parseNode(body.node);
    if (node === undefined) throw new ApiError(400, 'not a node');
    const known = stateOf(body.known);
    await this.#primaryOnly().join(node, { hasStarted: body.hasStarted === true, known });
    this.#parts.keepalive.heard(node.daemon_id);
    return text(this.#node.state.text());
  }

  /** Tells the state to who has seen an older one. */
  #keepalive(id: string, seen: string): Answer {
    this.#primaryOnly();
    if (!this.#parts.keepalive.heard(id)) throw new ApiError(404, `${id} is not in the cluster map`);
    const { smap, config, bmd } = this.#node.state.current;
    return `${smap?.version}-${config.version}-${bmd.version}` === seen
      ? okay
      : text(this.#node.state.text());
  }

  async #primaryStops(call: Call): Promise<Answer> {
    const { smap } = parseState(call.body.toString('utf8')) ?? {};
    if (smap === undefined || smap.uuid !== this.#node.state.smap?.uuid) throw new ApiError(400, 'no state');
    await this.#parts.election.takeOver(smap);
    return okay;
  }

  async #migrate(call: Call): Promise<Answer> {
    const told = call.body.toString('utf8');
    this.#node.state.adopt(told);
    const state = parseState(told);
    if (state === undefined) throw new ApiError(400, 'no state');
    const moved = await migrate(this.#node, this.#parts.objects, state);
    this.#node.log(`rebalance ${call.path[2]}: ${moved} objects moved`);
    return okay;
  }

  #leave(call: Call): Answer {
    const wishes = bodyOf(call);
    if (wishes.wipe === true) {
      const removeUserData = wishes.rm_user_data === true;
      this.#node.files.wipe({ removeUserData, keepInitialConfig: wishes.keep_initial_config === true });
    }
    this.#node.log('told to leave');
    this.#node.leave(0);
    return okay;
  }

  #primaryOnly(): Primary {
    if (!this.#node.state.isPrimary) throw new ApiError(503, 'this node is not primary');
    return this.#parts.primary;
  }
}
