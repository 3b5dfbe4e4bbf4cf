import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { knobVariables } from '../aisnode/knobs.ts';
import { LocalCluster } from '../testing/local-cluster.ts';

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await LocalCluster.create();
  const template = {
    ...{ confdir: '/etc/ais', log_dir: '/var/log/ais', fspaths: { '/ais/disk': '' } },
    host_net: { hostname: 'to be replaced', port: '51081', port_intra_control: '51082' },
  };
  write('template.json', template);
  write('override.json', { proxy: { primary_url: 'http://p:51082' }, mirror: { copies: 3 }, unknown: {} });
  write('map.json', { '10.0.0.7': '10.0.0.7,10.1.0.7' });
});

afterAll(() => cluster[Symbol.asyncDispose]());

const path = (file: string): string => join(cluster.folder, file);
const write = (file: string, value: unknown): void => writeFileSync(path(file), JSON.stringify(value));
const pod = {
  MY_POD: 'ais-target-1',
  MY_SERVICE: 'ais-target',
  K8S_NS: 'ns',
  AIS_PUBLIC_HOSTNAME: '10.0.0.7',
};

async function init(
  env: Record<string, string>,
  more: readonly string[] = [],
): Promise<Record<string, unknown>> {
  const words = [
    ...['-role=target', `-local_config_template=${path('template.json')}`],
    ...[`-output_local_config=${path('local.json')}`, `-cluster_config_override=${path('override.json')}`],
    ...[`-output_cluster_config=${path('cluster.json')}`, ...more],
  ];
  const { exit, output } = cluster.run('aisinit', words, env);
  if ((await exit) !== 0) return { failed: output() };
  return JSON.parse(readFileSync(path('local.json'), 'utf8')).host_net;
}

const name = 'ais-target-1.ais-target.ns.svc.cluster.local';

test.each([
  ['the host IP', {}, ['10.0.0.7', name, name]],
  [
    'the name of the pod',
    { AIS_PUBLIC_DNS_MODE: 'Pod', AIS_K8S_CLUSTER_DOMAIN: 'x.y' },
    Array(3).fill('ais-target-1.ais-target.ns.svc.x.y'),
  ],
  [
    'the name of the node',
    { AIS_PUBLIC_DNS_MODE: 'Node', AIS_PUBLIC_HOSTNAME: 'node-a' },
    ['node-a', name, name],
  ],
  ['what the node finds on the network of its host', { HOST_NETWORK: 'true' }, ['', name, '']],
])('the node is reached by %s', async (_, env, [hostname, control, data]) => {
  expect(await init({ ...pod, ...env })).toMatchObject({
    ...{ hostname, hostname_intra_control: control, hostname_intra_data: data, port: '51081' },
  });
});

test('a map of hostnames names the other networks of a host', async () => {
  expect(await init(pod, [`-hostname_map_file=${path('map.json')}`])).toMatchObject({
    hostname: '10.0.0.7,10.1.0.7',
  });
});

test('the configuration of the cluster is what the operator wants over what AIStore has; as 4.9 in full', async () => {
  await init(pod);
  const sparse = JSON.parse(readFileSync(path('cluster.json'), 'utf8'));
  expect(sparse).toMatchObject({
    mirror: { copies: 3 },
    memsys: { min_free: '8GiB' },
    auth: { client_auth_required: false },
  });
  expect(sparse.lru).toBeUndefined();
  expect(sparse.unknown).toBeUndefined();
  await init({ ...pod, [knobVariables.dialect]: '4.9' });
  const full = JSON.parse(readFileSync(path('cluster.json'), 'utf8'));
  expect(full).toMatchObject({
    mirror: { copies: 3, enabled: false },
    lru: { enabled: false },
    auth: { enabled: false },
  });
});

test('without a name of the pod it ends with an error', async () => {
  expect(await init({ ...pod, MY_POD: '' })).toEqual({
    failed: expect.stringContaining('env "MY_POD" is required!'),
  });
});
