import { type Answer, ApiError, type Call, okay } from '../process/call.ts';
import { objectPath, putAtQuery, sendObject } from './migration.ts';
import type { NodeContext } from './node-context.ts';
import { type ObjectStore, objectKey } from './objects.ts';
import { highestWeight } from './placement.ts';
import { activeTargets, nodeOf, nodesOf, type SmapNode } from './smap.ts';
import { answerMs } from './timings.ts';

/** How many objects a node was asked for. */
export interface ObjectCounts {
  get: number;
  put: number;
  delete: number;
}

/** Objects, at the target that holds them. */
export class TargetObjects {
  readonly counts: ObjectCounts = { get: 0, put: 0, delete: 0 };
  readonly #node: NodeContext;
  readonly #objects: ObjectStore;

  constructor(node: NodeContext, objects: ObjectStore) {
    this.#node = node;
    this.#objects = objects;
  }

  async answer(call: Call): Promise<Answer> {
    const [, , bucket = '', ...rest] = call.path;
    const name = rest.join('/');
    if (!this.#node.state.current.bmd.buckets.includes(bucket)) throw noBucket(bucket);
    switch (call.method) {
      case 'PUT':
        return this.#put(call, bucket, name);
      case 'GET':
      case 'HEAD':
        return this.#get(call, bucket, name);
      case 'DELETE':
        return this.#delete(call, bucket, name);
      default:
        throw new ApiError(405, `invalid method ${call.method}`);
    }
  }

  async #put(call: Call, bucket: string, name: string): Promise<Answer> {
    this.counts.put++;
    const putAt = Number(call.query.get(putAtQuery) ?? this.#node.clock.now());
    const object = { data: call.body, putAt };
    const owner = ownerOf(this.#node, bucket, name);
    // The map may have changed since a proxy sent the client here.
    if (call.peer === undefined && owner !== undefined && owner.daemon_id !== this.#node.self.daemon_id) {
      await sendObject(this.#node, owner, { bucket, name }, object);
    } else await this.#objects.put(bucket, name, object);
    return okay;
  }

  async #get(call: Call, bucket: string, name: string): Promise<Answer> {
    this.counts.get++;
    const found = await this.#objects.get(bucket, name);
    const body = found?.data ?? (await this.#fromNeighbours(call, bucket, name));
    if (body === undefined) throw new ApiError(404, `ais://${bucket}/${name} does not exist`);
    return { status: 200, body, headers: { 'content-type': 'application/octet-stream' } };
  }

  async #delete(call: Call, bucket: string, name: string): Promise<Answer> {
    this.counts.delete++;
    const wasHere = await this.#objects.delete(bucket, name);
    const elsewhere = await this.#ofNeighbours(call, 'DELETE', bucket, name);
    if (!wasHere && elsewhere.length === 0) throw new ApiError(404, `ais://${bucket}/${name} does not exist`);
    return okay;
  }

  /** While objects may be anywhere, one that is not here is asked for at the other targets. */
  async #fromNeighbours(call: Call, bucket: string, name: string): Promise<Buffer | undefined> {
    const [first] = await this.#ofNeighbours(call, 'GET', bucket, name);
    // It may have arrived while the others were asked.
    return first ?? (await this.#objects.get(bucket, name))?.data;
  }

  async #ofNeighbours(call: Call, method: string, bucket: string, name: string): Promise<Buffer[]> {
    const { state, self, peers } = this.#node;
    if (call.peer !== undefined || state.smap === undefined || state.current.rmd.state === 'done') return [];
    const others = nodesOf(state.smap, 'target').filter(({ daemon_id }) => daemon_id !== self.daemon_id);
    const answers = await Promise.all(
      others.map(({ intra_data_net }) =>
        peers.ask(`${intra_data_net.direct_url}${objectPath({ bucket, name })}`, {
          method,
          timeoutMs: answerMs,
        }),
      ),
    );
    return answers.filter((answer) => answer !== undefined);
  }
}

/** Objects, at a proxy: it sends clients to the target that has them. */
export function redirected(node: NodeContext, call: Call): Answer {
  const [, , bucket = '', ...rest] = call.path;
  const name = rest.join('/');
  if (!node.state.current.bmd.buckets.includes(bucket)) throw noBucket(bucket);
  if (name === '') throw new ApiError(400, 'object name is not specified');
  const owner = ownerOf(node, bucket, name);
  if (owner === undefined) throw new ApiError(503, 'no active storage targets');
  const query = new URLSearchParams(call.query);
  query.set('pid', node.self.daemon_id);
  query.set('utm', String(node.clock.now()));
  const location = `${owner.public_net.direct_url}${objectPath({ bucket, name })}?${query}`;
  // Clients may turn a PUT into a GET when they follow a 301.
  return { status: call.method === 'GET' || call.method === 'HEAD' ? 301 : 307, headers: { location } };
}

export function noBucket(name: string): ApiError {
  return new ApiError(404, `bucket "ais://${name}" does not exist`, 'ErrBckNotFound');
}

function ownerOf(node: NodeContext, bucket: string, name: string): SmapNode | undefined {
  const { smap } = node.state;
  if (smap === undefined) return undefined;
  const ids = activeTargets(smap).map(({ daemon_id }) => daemon_id);
  return nodeOf(smap, highestWeight(ids, objectKey(bucket, name)) ?? '');
}
