import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isObject, type Json, parseObject } from './process/json.ts';
import { LocalCluster, type Reply } from './testing/local-cluster.ts';

const { AISNODE_BIN: program } = process.env;
const ifReal = program === undefined ? describe.skip : describe;

/** What a machine of developers has room for. */
const memsys = { min_free: '1GiB', default_buf: '64KiB', to_gc: '2GiB', hk_time: '3m' };

type Question = readonly [string, (cluster: LocalCluster) => Promise<Reply>];

const act =
  (action: string, value: Record<string, Json>) =>
  (cluster: LocalCluster): Promise<Reply> =>
    cluster.act(action, value);

/** Asked in this order, of both. */
const questions: readonly Question[] = [
  ['health', (cluster) => cluster.get('proxy-0', '/v1/health')],
  ['readiness of a target', (cluster) => cluster.get('target-0', '/v1/health?readiness=true')],
  ['prr', (cluster) => cluster.get('proxy-0', '/v1/health?prr=true')],
  ['the cluster map', (cluster) => cluster.get('proxy-0', '/v1/daemon?what=smap')],
  ['a change of the configuration', act('set-config', { mirror: { copies: 3 } })],
  ['an unknown key', act('set-config', { nonsense: {} })],
  ['an unknown provider', act('set-config', { backend: { ftp: {} } })],
  ['maintenance of nobody', act('start-maintenance', {})],
  ['maintenance of a short id', act('start-maintenance', { sid: 'x' })],
  ['a new bucket', (cluster) => cluster.post('proxy-0', '/v1/buckets/b', { action: 'create-bck' })],
  ['a PUT', (cluster) => cluster.put('proxy-0', '/v1/objects/b/o?provider=ais', 'bytes')],
  ['a GET', (cluster) => cluster.get('proxy-0', '/v1/objects/b/o?provider=ais')],
  ['a GET of nothing', (cluster) => cluster.get('proxy-0', '/v1/objects/b/none?provider=ais')],
  [
    'decommission of the primary',
    async (cluster) => cluster.act('decommission-node', { sid: await cluster.id('proxy-0') }),
  ],
];

/** The shape of an answer: status, and what keys and types it has; ids and times differ. */
function shape({ status, text }: Reply): unknown {
  const value = parseObject(text);
  return { status, body: value === undefined ? text.length > 0 : typesOf(value, 2) };
}

function typesOf(value: Json, depth: number): unknown {
  if (!isObject(value) || depth === 0) return typeof value;
  const keys = Object.keys(value).filter((key) => key !== 'ext');
  return Object.fromEntries(keys.sort().map((key) => [key, typesOf(value[key] ?? null, depth - 1)]));
}

/** Maps of nodes have ids for keys. */
function comparable(reply: Reply): unknown {
  const value = parseObject(reply.text);
  if (value?.pmap === undefined) return shape(reply);
  const first = (map: Json | undefined): Json => (isObject(map) ? (Object.values(map)[0] ?? null) : null);
  const { pmap, tmap, ...rest } = value;
  return shape({ ...reply, text: JSON.stringify({ ...rest, proxy: first(pmap), target: first(tmap) }) });
}

ifReal('a real aisnode and its stand-in (needs AISNODE_BIN)', () => {
  let real: LocalCluster;
  let standIn: LocalCluster;

  beforeAll(async () => {
    real = await LocalCluster.started(1, 1, {
      config: { memsys },
      ...(program !== undefined && { program }),
    });
    standIn = await LocalCluster.started(1, 1, { config: { memsys } });
  }, 180_000);

  afterAll(async () => {
    await real?.[Symbol.asyncDispose]();
    await standIn?.[Symbol.asyncDispose]();
  });

  test.each(questions)('answer alike: %s', async (_, ask) => {
    expect(comparable(await ask(standIn))).toEqual(comparable(await ask(real)));
  });
});
