import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isObject, type Json, parseObject } from './process/json.ts';
import { fetchUrl, LocalCluster, type Reply } from './testing/local-cluster.ts';

const { AISNODE_BIN: nodeProgram, AISINIT_BIN: initProgram, AUTHN_BIN: authnProgram } = process.env;
const describeIf = (program: string | undefined): typeof describe | typeof describe.skip =>
  program === undefined ? describe.skip : describe;

/** What a machine of developers has room for. */
const memsys = { min_free: '1GiB', default_buf: '64KiB', to_gc: '2GiB', hk_time: '3m' };

type Question = readonly [string, (cluster: LocalCluster) => Promise<Reply>];

const act =
  (action: string, value: Record<string, Json>) =>
  (cluster: LocalCluster): Promise<Reply> =>
    cluster.act(action, value);

const onNode =
  (action: string, node: string, more: Record<string, Json> = {}) =>
  async (cluster: LocalCluster): Promise<Reply> =>
    cluster.act(action, { sid: await cluster.id(node), ...more });

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
  ['the configuration', (cluster) => cluster.get('proxy-0', '/v1/cluster?what=cluster_config')],
  [
    'the last rebalance',
    (cluster) => cluster.get('proxy-0', '/v1/cluster?what=status', { Kind: 'rebalance' }),
  ],
  ['decommission of the primary', onNode('decommission-node', 'proxy-0')],
  ['shutdown of the primary', onNode('shutdown-node', 'proxy-0')],
  ['maintenance of a target', onNode('start-maintenance', 'target-0', { skip_rebalance: true })],
  ['readiness of a target in maintenance', (cluster) => cluster.get('target-0', '/v1/health?readiness=true')],
  ['its maintenance once more', onNode('start-maintenance', 'target-0', { skip_rebalance: true })],
  ['the end of its maintenance', onNode('stop-maintenance', 'target-0')],
  ['an action that there is not', act('sing', {})],
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

describeIf(nodeProgram)('a real aisnode and its stand-in (needs AISNODE_BIN)', () => {
  let real: LocalCluster;
  let standIn: LocalCluster;

  beforeAll(async () => {
    real = await LocalCluster.started(1, 1, {
      config: { memsys },
      ...(nodeProgram !== undefined && { program: nodeProgram }),
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

describeIf(initProgram)('a real aisinit and its stand-in (needs AISINIT_BIN)', () => {
  const pod = {
    MY_POD: 'ais-target-1',
    MY_SERVICE: 'ais-target',
    K8S_NS: 'ns',
    AIS_PUBLIC_HOSTNAME: '10.0.0.7',
  };
  let cluster: LocalCluster;

  beforeAll(async () => {
    cluster = await LocalCluster.create();
    const files = {
      'template.json': {
        ...{ confdir: '/etc/ais', log_dir: '/var/log/ais', fspaths: { '/ais/disk': '' } },
        host_net: { hostname: '', port: '51081', port_intra_control: '51082', port_intra_data: '51083' },
      },
      'override.json': { proxy: { primary_url: 'http://p:51082' }, mirror: { copies: 3 } },
      'map.json': { '10.0.0.7': '10.0.0.7,10.1.0.7' },
    };
    for (const [name, value] of Object.entries(files))
      writeFileSync(join(cluster.folder, name), JSON.stringify(value));
  });

  afterAll(() => cluster[Symbol.asyncDispose]());

  /** What it writes: the local file whole, of the cluster's the shape. */
  async function written(program: string | undefined, env: Record<string, string>): Promise<unknown> {
    const path = (name: string): string => join(cluster.folder, name);
    const words = [
      ...['-role=target', `-local_config_template=${path('template.json')}`],
      ...[`-output_local_config=${path('local.json')}`, `-cluster_config_override=${path('override.json')}`],
      ...[`-output_cluster_config=${path('cluster.json')}`, `-hostname_map_file=${path('map.json')}`],
    ];
    for (const name of ['local.json', 'cluster.json']) rmSync(path(name), { force: true });
    const { exit } = cluster.run('aisinit', words, env, program);
    if ((await exit) !== 0) return 'failed';
    const read = (name: string): Json => parseObject(readFileSync(path(name), 'utf8')) ?? null;
    return { local: read('local.json'), cluster: typesOf(read('cluster.json'), 2) };
  }

  test.each<[string, Record<string, string>]>([
    ['the host IP', pod],
    ['the name of the pod', { ...pod, AIS_PUBLIC_DNS_MODE: 'Pod', AIS_K8S_CLUSTER_DOMAIN: 'x.y' }],
    ['the name of the node', { ...pod, AIS_PUBLIC_DNS_MODE: 'Node', AIS_PUBLIC_HOSTNAME: 'node-a' }],
    ['the network of the host', { ...pod, HOST_NETWORK: 'true' }],
    ['no name of the pod', { ...pod, MY_POD: '' }],
  ])('write alike: %s', async (_, env) => {
    expect(await written(undefined, env)).toEqual(await written(initProgram, env));
  });
});

describeIf(authnProgram)('a real authn and its stand-in (needs AUTHN_BIN)', () => {
  let cluster: LocalCluster;

  beforeAll(async () => {
    cluster = await LocalCluster.create();
  });

  afterAll(() => cluster[Symbol.asyncDispose]());

  /** What logins are answered. */
  async function logins(program: string | undefined): Promise<unknown> {
    const port = randomInt(20_000, 30_000);
    const folder = join(cluster.folder, `authn-${port}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'authn.json'), JSON.stringify({ net: { http: { port } } }));
    const env = { AIS_AUTHN_SU_PASS: 'secret', AIS_AUTHN_SECRET_KEY: 'the shared key of both' };
    const authn = cluster.run('authn', [`-config=${folder}`], env, program);
    const login = (user: string, password: string): Promise<Reply> =>
      fetchUrl('POST', new URL(`/v1/users/${user}`, `http://127.0.0.1:${port}`), {
        body: JSON.stringify({ password, expires_in: 0 }),
      });
    try {
      await cluster.until('AuthN answers', async () => (await login('admin', 'secret')).status === 200);
      return Promise.all([login('admin', 'secret'), login('admin', 'wrong'), login('nobody', 'secret')]).then(
        (replies) => replies.map(shape),
      );
    } finally {
      authn.process.kill('SIGTERM');
      await authn.exit;
    }
  }

  test('answer logins alike', async () => {
    expect(await logins(undefined)).toEqual(await logins(authnProgram));
  });
});
