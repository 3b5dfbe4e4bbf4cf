import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '@rackwright/web';
import { LocalCluster, type Reply } from '../testing/local-cluster.ts';
import { knobVariables } from './knobs.ts';

let cluster: LocalCluster;

afterEach(() => cluster[Symbol.asyncDispose]());

const objectPath = (i: number): string => `/v1/objects/b/folder/o${i}?provider=ais`;

async function putObjects(count: number): Promise<void> {
  expect((await cluster.post('proxy-0', '/v1/buckets/b', { action: 'create-bck' })).status).toBe(200);
  for (let i = 0; i < count; i++) {
    expect((await cluster.put('proxy-0', objectPath(i), `bytes of ${i}`)).status).toBe(200);
  }
}

/** Numbers of the objects that cannot be read any more. */
async function lost(count: number, proxy = 'proxy-0'): Promise<number[]> {
  const missing: number[] = [];
  for (let i = 0; i < count; i++) {
    const { status, text } = await cluster.get(proxy, objectPath(i));
    if (status !== 200 || text !== `bytes of ${i}`) missing.push(i);
  }
  return missing;
}

const flagsOf = async (name: string, proxy = 'proxy-0'): Promise<number | undefined> =>
  (await cluster.smap(proxy)).nodes.find((node) => node.name === name)?.flags;

const readiness = async (name: string): Promise<number> =>
  (await cluster.get(name, '/v1/health?readiness=true')).status;

const rebalance = async (): Promise<{ uuid: string; end_time: number; aborted: boolean }> =>
  JSON.parse((await cluster.get('proxy-0', '/v1/cluster?what=status', { Kind: 'rebalance' })).text);

const errorOf = ({ status, text }: Reply): unknown => ({ ...JSON.parse(text), status });

describe('a cluster of stand-ins', () => {
  test('keeps objects, lists them and forgets those that are deleted', async () => {
    cluster = await LocalCluster.started(1, 2);
    await putObjects(20);
    expect(await lost(20)).toEqual([]);
    expect((await cluster.delete('proxy-0', objectPath(3))).status).toBe(200);
    expect((await cluster.get('proxy-0', objectPath(3))).status).toBe(404);
    const listed = JSON.parse((await cluster.get('proxy-0', '/v1/buckets/b', { action: 'list' })).text);
    expect(listed.entries).toHaveLength(19);
    expect(listed.entries[0]).toEqual({ name: 'folder/o0', size: '10', flags: 0 });
    expect((await cluster.get('proxy-0', '/v1/objects/none/o')).status).toBe(404);
  });

  test('a target that is decommissioned hands over its objects and leaves nothing', async () => {
    cluster = await LocalCluster.started(1, 3);
    await putObjects(40);
    await cluster.put('proxy-0', '/stand-in/faults', { rebalanceMs: 3000 });
    const sid = await cluster.id('target-1');
    const { status, text } = await cluster.act('decommission-node', { sid, rm_user_data: true });
    expect([status, text]).toEqual([200, expect.stringMatching(/^g\d+$/)]);
    expect(await flagsOf('target-1')).toBe(8);
    expect(await readiness('target-1')).toBe(503);
    expect(await rebalance()).toMatchObject({ uuid: text, end_time: 0 });
    expect(await lost(40)).toEqual([]);
    const busy = await cluster.act('decommission-node', { sid: await cluster.id('target-2') });
    expect(errorOf(busy)).toMatchObject({ status: 409, tcode: 'ErrBusy' });
    expect(await cluster.node('target-1').exit).toBe(0);
    await cluster.until('the map is without it', async () => (await flagsOf('target-1')) === undefined);
    expect(await lost(40)).toEqual([]);
    const { folder } = cluster.node('target-1');
    for (const one of ['config', 'state', 'mount']) expect(readdirSync(join(folder, one))).toEqual([]);
  });

  test('without rebalance a decommissioned target takes its objects along', async () => {
    cluster = await LocalCluster.started(1, 2);
    await putObjects(20);
    await cluster.act('set-config', { rebalance: { enabled: false } });
    const { text } = await cluster.act('decommission-node', { sid: await cluster.id('target-1') });
    expect(text).toBe('');
    expect(await cluster.node('target-1').exit).toBe(0);
    const gone = await lost(20);
    expect(gone.length).toBeGreaterThan(0);
    expect(gone.length).toBeLessThan(20);
    expect(existsSync(join(cluster.node('target-1').folder, 'mount/@ais/b'))).toBe(true);
  });

  test('a rebalance that is given up leaves the flag, and asking again completes it', async () => {
    cluster = await LocalCluster.started(1, 2);
    await putObjects(10);
    await cluster.put('proxy-0', '/stand-in/faults', { abortRebalance: true });
    const sid = await cluster.id('target-1');
    await cluster.act('decommission-node', { sid });
    await cluster.until('the rebalance is given up', async () => (await rebalance()).aborted);
    expect(await flagsOf('target-1')).toBe(8);
    expect(await lost(10)).toEqual([]);
    await cluster.put('proxy-0', '/stand-in/faults', {});
    expect((await cluster.act('decommission-node', { sid })).text).toMatch(/^g\d+$/);
    expect(await cluster.node('target-1').exit).toBe(0);
    expect(await lost(10)).toEqual([]);
  });

  test('maintenance takes a target out of service until it is ended, or the target starts again', async () => {
    cluster = await LocalCluster.started(1, 2);
    const sid = await cluster.id('target-0');
    expect((await cluster.act('start-maintenance', { sid, skip_rebalance: true })).status).toBe(200);
    expect(await flagsOf('target-0')).toBe(20);
    expect(await readiness('target-0')).toBe(503);
    expect((await cluster.act('start-maintenance', { sid, skip_rebalance: true })).status).toBe(200);
    expect((await cluster.act('stop-maintenance', { sid })).status).toBe(200);
    expect([await flagsOf('target-0'), await readiness('target-0')]).toEqual([0, 200]);
    await cluster.until('no rebalance runs', () => cluster.isSettled());
    await cluster.act('start-maintenance', { sid, skip_rebalance: true });
    expect(await cluster.stop('target-0')).toBe(0);
    expect(await flagsOf('target-0')).toBeUndefined();
    cluster.start('target-0');
    await cluster.until('it is back', async () => (await flagsOf('target-0')) === 0);
    expect(await cluster.id('target-0')).toBe(sid);
  });

  test('a primary that is killed is followed by another proxy, and comes back as a plain one', async () => {
    cluster = await LocalCluster.started(3, 2);
    await putObjects(5);
    const { version, uuid } = await cluster.smap();
    await cluster.stop('proxy-0', 'SIGKILL');
    await cluster.stop('target-1', 'SIGKILL');
    await cluster.until('another one is primary', async () => {
      const { primary } = await cluster.smap('proxy-1');
      return primary === 'proxy-1' || primary === 'proxy-2';
    });
    await cluster.until('a dead target is off the map', async () => {
      return (await flagsOf('target-1', 'proxy-1')) === undefined;
    });
    const after = await cluster.smap('proxy-1');
    expect(after.version).toBeGreaterThanOrEqual(version + 100);
    expect(after.nodes.map(({ name }) => name).sort()).toEqual(['proxy-1', 'proxy-2', 'target-0']);
    for (const name of ['proxy-0', 'target-1']) cluster.start(name);
    await cluster.until('both are back', async () => (await cluster.smap()).nodes.length === 5);
    expect(await lost(5, 'proxy-2')).toEqual([]);
    expect(await cluster.smap()).toMatchObject({ uuid, primary: after.primary });
  });

  test('a primary that is asked to stop hands over at once', async () => {
    cluster = await LocalCluster.started(2, 1);
    expect(await cluster.stop('proxy-0')).toBe(0);
    expect(await cluster.smap('proxy-1')).toMatchObject({ primary: 'proxy-1' });
    expect(await flagsOf('proxy-0', 'proxy-1')).toBeUndefined();
  });

  test('another proxy is made primary; requests to the others reach it', async () => {
    cluster = await LocalCluster.started(2, 1);
    const { version } = await cluster.smap();
    const id = await cluster.id('proxy-1');
    expect((await cluster.put('proxy-0', `/v1/cluster/proxy/${id}?frc=true&can=http%3A%2F%2Fx`)).status).toBe(
      200,
    );
    await cluster.until('both know', async () => (await cluster.smap('proxy-0')).primary === 'proxy-1');
    expect((await cluster.smap('proxy-1')).version).toBeGreaterThanOrEqual(version + 100);
    expect((await cluster.get('proxy-0', '/v1/health?prr=true')).status).toBe(200);
    expect((await cluster.act('set-config', { mirror: { copies: 3 } }, 'proxy-0')).status).toBe(200);
    const config = JSON.parse((await cluster.get('proxy-1', '/v1/cluster?what=cluster_config')).text);
    expect(config.mirror.copies).toBe(3);
  });

  test('a whole cluster that is shut down comes back with its name and its objects', async () => {
    cluster = await LocalCluster.started(2, 2);
    await putObjects(20);
    const { uuid } = await cluster.smap();
    expect((await cluster.act('shutdown')).status).toBe(200);
    for (const [name, { exit }] of cluster.nodes) expect([name, await exit]).toEqual([name, 0]);
    for (const name of [...cluster.nodes.keys()]) cluster.start(name, { ntargets: 2 });
    await cluster.until('all are back', async () => (await cluster.smap()).nodes.length === 4);
    expect((await cluster.smap()).uuid).toBe(uuid);
    expect(await lost(20)).toEqual([]);
  });

  test('proxies that were away one after the other know what was changed meanwhile', async () => {
    cluster = await LocalCluster.started(2, 1);
    await cluster.stop('proxy-0');
    expect((await cluster.post('proxy-1', '/v1/buckets/b', { action: 'create-bck' })).status).toBe(200);
    expect((await cluster.put('proxy-1', objectPath(0), 'bytes of 0')).status).toBe(200);
    await cluster.stop('proxy-1');
    for (const name of ['proxy-0', 'proxy-1']) cluster.start(name, { ntargets: 1 });
    await cluster.until('all are back', async () => (await cluster.smap()).nodes.length === 3);
    expect(await lost(1)).toEqual([]);
    await cluster.until('both have one map', async () => {
      const [one, other] = [await cluster.smap('proxy-0'), await cluster.smap('proxy-1')];
      return one.version === other.version && one.primary === other.primary;
    });
  });

  test('a whole cluster that is decommissioned leaves objects only where they are to be kept', async () => {
    cluster = await LocalCluster.started(1, 2);
    await putObjects(20);
    expect((await cluster.act('decommission', { rm_user_data: false })).status).toBe(200);
    for (const { exit } of cluster.nodes.values()) expect(await exit).toBe(0);
    for (const { folder } of cluster.nodes.values()) expect(readdirSync(join(folder, 'state'))).toEqual([]);
    expect(readdirSync(join(cluster.node('target-0').folder, 'mount'))).toEqual(['@ais']);
  });

  test('refuses what AIStore refuses', async () => {
    cluster = await LocalCluster.started(1, 1);
    const asked = async (action: string, value: Record<string, string> | object): Promise<unknown> => {
      const { status, message } = errorOf(await cluster.act(action, value as never)) as Record<
        string,
        unknown
      >;
      return [status, message];
    };
    const primary = await cluster.id('proxy-0');
    expect(await asked('decommission-node', { sid: primary })).toEqual([
      400,
      expect.stringContaining('is primary'),
    ]);
    expect(await asked('start-maintenance', {})).toEqual([400, expect.stringContaining('not specified')]);
    expect(await asked('start-maintenance', { sid: 'x' })).toEqual([
      400,
      expect.stringContaining('too short'),
    ]);
    expect(await asked('start-maintenance', { sid: 'unknown8' })).toEqual([404, expect.any(String)]);
    expect(await asked('set-config', { nonsense: {} })).toEqual([400, expect.stringContaining('nonsense')]);
    expect(await asked('set-config', { backend: { ftp: {} } })).toEqual([
      400,
      expect.stringContaining('ftp'),
    ]);
    expect(await asked('set-config', { timeout: { startup_time: 'soon' } })).toEqual([
      400,
      expect.any(String),
    ]);
    expect(await asked('dance', {})).toEqual([400, expect.stringContaining('dance')]);
  });

  test('as 4.9 it refuses maintenance twice and does not know several ids', async () => {
    cluster = await LocalCluster.started(1, 2, { env: { ...pace, [knobVariables.dialect]: '4.9' } });
    const sid = await cluster.id('target-0');
    await cluster.act('start-maintenance', { sid, skip_rebalance: true });
    const again = await cluster.act('start-maintenance', { sid, skip_rebalance: true });
    expect(errorOf(again)).toMatchObject({
      status: 400,
      message: expect.stringContaining('already in maintenance'),
    });
    expect((await cluster.act('start-maintenance', { sids: [await cluster.id('target-1')] })).status).toBe(
      400,
    );
  });

  test('speaks HTTPS with the certificate of its configuration', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rw-ais-tls-'));
    const { cert, key } = await selfSignedCertificate('localhost', Date.now());
    const files = { server_crt: join(folder, 'tls.crt'), server_key: join(folder, 'tls.key') };
    writeFileSync(files.server_crt, cert);
    writeFileSync(files.server_key, key);
    const http = { ...files, use_https: true, skip_verify: true };
    cluster = await LocalCluster.started(1, 1, { config: { net: { http } } });
    await putObjects(1);
    expect(await lost(1)).toEqual([]);
    expect(cluster.node('proxy-0').url).toMatch(/^https:/);
    rmSync(folder, { recursive: true });
    const restarted = cluster.run('aisnode', [
      '-role=proxy',
      '-config=/none',
      '-local_config=/none/local.json',
    ]);
    expect([await restarted.exit, restarted.output()]).toEqual([
      1,
      expect.stringContaining('/none/local.json'),
    ]);
  });

  test('misbehaves as told, and keeps a journal', async () => {
    cluster = await LocalCluster.started(1, 1);
    const smap = '/v1/daemon?what=smap';
    await cluster.put('proxy-0', '/stand-in/faults', { status: 503, match: 'what=smap', times: 1 });
    expect([
      (await cluster.get('proxy-0', smap)).status,
      (await cluster.get('proxy-0', smap)).status,
    ]).toEqual([503, 200]);
    await cluster.put('proxy-0', '/stand-in/faults', { truncate: true });
    expect((await cluster.get('proxy-0', smap)).status).toBe(0);
    await cluster.put('proxy-0', '/stand-in/faults', { garbage: true });
    expect((await cluster.get('proxy-0', smap)).text).toContain('\u0000');
    await cluster.put('proxy-0', '/stand-in/faults', { foreignSmap: true, smapNodes: 1000 });
    const huge = JSON.parse((await cluster.get('proxy-0', smap)).text);
    expect([huge.uuid, Object.keys(huge.tmap).length]).toEqual(['foreign-cluster', 999]);
    expect((await cluster.put('proxy-0', '/stand-in/faults', { unknown: 1 })).status).toBe(400);
    await cluster.put('proxy-0', '/stand-in/faults', { busy: true });
    await cluster.act('decommission-node', { sid: await cluster.id('target-0') });
    const journal = JSON.parse((await cluster.get('proxy-0', '/stand-in/journal')).text);
    expect(journal.at(-1)).toMatchObject({ method: 'PUT', url: '/v1/cluster', status: 409 });
    expect(JSON.parse(journal.at(-1).body).action).toBe('decommission-node');
  });
});

const pace = { [knobVariables.pace]: '0.01' };
