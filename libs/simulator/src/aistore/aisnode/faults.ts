import { isObject, type Json, type JsonObject, merge, parseObject } from '../process/json.ts';

/** How a stand-in departs from a healthy AIStore node, towards those who are no node of its cluster. */
export interface Faults {
  /** Answers to the requests that match come this much later, in milliseconds. */
  readonly delayMs?: number;
  /** They are answered with this status and AIStore's error JSON. */
  readonly status?: number;
  /** They are answered 200 with bytes that are no JSON. */
  readonly garbage?: boolean;
  /** Half of each answer is sent, then the connection breaks off. */
  readonly truncate?: boolean;
  /** Which requests: a part of `METHOD path?query`; default every one. */
  readonly match?: string;
  /** How many requests the above spoils; default all. */
  readonly times?: number;
  /** The cluster map is that of another cluster. */
  readonly foreignSmap?: boolean;
  /** The cluster map has at least so many nodes. */
  readonly smapNodes?: number;
  /** Each rebalance is aborted: nodes keep the flag decommission. */
  readonly abortRebalance?: boolean;
  /** A rebalance takes at least so long, in milliseconds. */
  readonly rebalanceMs?: number;
  /** Changes of the membership are refused with 409. */
  readonly busy?: boolean;
  /** `prr` and readiness stay 503. */
  readonly notReady?: boolean;
  /** The program ends with this message as it starts. */
  readonly badStart?: string;
}

const kinds: Readonly<Record<keyof Faults, 'number' | 'boolean' | 'string'>> = {
  ...{ delayMs: 'number', status: 'number', times: 'number', smapNodes: 'number', rebalanceMs: 'number' },
  ...{ garbage: 'boolean', truncate: 'boolean', foreignSmap: 'boolean', abortRebalance: 'boolean' },
  ...{ busy: 'boolean', notReady: 'boolean', match: 'string', badStart: 'string' },
};

/** Reads faults from JSON; undefined where it names one there is not. */
export function parseFaults(text: string): Faults | undefined {
  const value = text.trim() === '' ? {} : parseObject(text);
  if (value === undefined) return undefined;
  const known: Readonly<Record<string, string>> = kinds;
  return Object.entries(value).every(([name, one]) => typeof one === known[name])
    ? (value as Faults)
    : undefined;
}

/** Whether a request is one that is to be spoiled. */
export function isSpoiled(faults: Faults, request: string): boolean {
  return (faults.times === undefined || faults.times > 0) && request.includes(faults.match ?? '');
}

/** The map as it is told where another cluster answers, or one with a great many nodes. */
export function spoiledSmap(text: string, { foreignSmap, smapNodes = 0 }: Faults): string {
  if (foreignSmap !== true && smapNodes === 0) return text;
  const smap = parseObject(text) ?? {};
  const uuid = foreignSmap === true ? { uuid: 'foreign-cluster' } : {};
  return JSON.stringify(merge(smap, { ...uuid, tmap: manyTargets(smap, smapNodes) }));
}

function manyTargets(smap: JsonObject, wanted: number): JsonObject {
  const { pmap, tmap } = smap;
  const size = (map: Json | undefined): number => (isObject(map) ? Object.keys(map).length : 0);
  const model = [tmap, pmap].flatMap((map) => (isObject(map) ? Object.values(map) : []))[0];
  const missing = Math.max(0, wanted - size(pmap) - size(tmap));
  if (!isObject(model)) return {};
  const more: Record<string, Json> = {};
  for (let i = 0; i < missing; i++) {
    const id = `phantom${i}`;
    const net = {
      node_ip_addr: `${id}.example`,
      daemon_port: '51081',
      direct_url: `http://${id}.example:51081`,
    };
    more[id] = {
      ...model,
      ...{ daemon_id: id, daemon_type: 'target', flags: 0 },
      ...{ public_net: net, intra_control_net: net, intra_data_net: net },
    };
  }
  return more;
}
