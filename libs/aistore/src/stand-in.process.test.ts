import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock, withDeadline } from '@rackwright/core';
import { knobVariables } from '../../simulator/src/aistore/aisnode/knobs.ts';
import { signToken } from '../../simulator/src/aistore/process/token.ts';
import { LocalCluster } from '../../simulator/src/aistore/testing/local-cluster.ts';
import { AisClient, type AisClientOptions } from './client.ts';
import { isActive } from './cluster-map.ts';
import { configDrift } from './config-drift.ts';
import { isRejected } from './error.ts';
import { fixedToken, type TokenSource } from './token-source.ts';

let cluster: LocalCluster;

function clientOf(options: Partial<AisClientOptions> = {}): AisClient {
  return new AisClient({ baseUrl: cluster.node('proxy-0').url, clock: systemClock, ...options });
}

/** Asks until the answer is the one wanted. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  await withDeadline(systemClock, 30_000, what, async (signal) => {
    while (!(await isSo())) await systemClock.sleep(10, signal);
  });
}

/** A cluster whose targets have joined rebalances, and takes no change meanwhile. */
async function settled(client: AisClient): Promise<void> {
  await until('no rebalance runs', async () => (await client.rebalanceStatus())?.running !== true);
}

describe.each(['4.9', '5.0'])('a cluster that speaks like %s', (dialect) => {
  let client: AisClient;

  beforeAll(async () => {
    cluster = await LocalCluster.started(2, 4, { env: { [knobVariables.dialect]: dialect } });
    client = clientOf();
  });

  afterAll(async () => {
    client[Symbol.dispose]();
    await cluster[Symbol.asyncDispose]();
  });

  test('takes targets out of service and back, and the same once more', async () => {
    expect(await client.health({ readyToRebalance: true })).toBe(true);
    const ids = [...(await client.clusterMap()).targets.keys()].slice(0, 2);
    const inMaintenance = async (): Promise<string[]> =>
      [...(await client.clusterMap()).targets.values()].filter((node) => !isActive(node)).map(({ id }) => id);
    for (const _ of ['once', 'twice']) {
      await settled(client);
      expect((await client.startMaintenance(ids, { skipRebalance: true })).waiting).toEqual([]);
      expect(await inMaintenance()).toEqual(ids);
    }
    for (const _ of ['once', 'twice']) {
      await settled(client);
      expect((await client.stopMaintenance(ids)).waiting).toEqual([]);
      expect(await inMaintenance()).toEqual([]);
    }
  });

  test('has the settings it was given, and refuses those there are not', async () => {
    const desired = { timeout: { send_file_time: '300s' }, auth: { enabled: false }, log: { level: '4' } };
    expect(configDrift(desired, await client.config()).length).toBeGreaterThan(0);
    await client.setConfig(desired);
    expect(configDrift(desired, await client.config())).toEqual([]);
    const error: unknown = await client.setConfig({ rebalanse: {} }).catch((reason: unknown) => reason);
    expect(isRejected(error)).toBe(true);
  });

  test('loses two of its targets, and no object', async () => {
    await client.objects.createBucket('b');
    await client.objects.createBucket('b');
    const names = Array.from({ length: 20 }, (_, i) => `folder/object ${i}`);
    for (const name of names) await client.objects.putObject('b', name, `content of ${name}`);

    const before = await client.clusterMap();
    const ids = [...before.targets.keys()].slice(0, 2);
    let waiting: readonly string[] = ids;
    await until('both targets have left', async () => {
      const { targets } = await client.clusterMap();
      const left = waiting.filter((id) => targets.get(id)?.flags.decommissioning === false);
      if (left.length > 0) waiting = (await client.decommission(left, { removeUserData: false })).waiting;
      return ids.every((id) => !targets.has(id));
    });

    const after = await client.clusterMap();
    expect([after.uuid, after.targets.size]).toEqual([before.uuid, 2]);
    expect(after.version > before.version).toBe(true);
    expect(await client.rebalanceStatus()).toMatchObject({ running: false, aborted: false, error: '' });
    expect(await client.objects.listObjects('b')).toEqual(names.toSorted());
    for (const name of names) {
      expect((await client.objects.getObject('b', name)).toString()).toBe(`content of ${name}`);
    }
  });

  test('gets another primary, and is shut down as a whole', async () => {
    const { proxies, primary } = await client.clusterMap();
    const next = [...proxies.values()].find(({ id }) => id !== primary);
    if (next === undefined) throw new Error('there is no second proxy');
    await client.setPrimary(next);
    await until('the other proxy is primary', async () => (await client.clusterMap()).primary === next.id);
    await client.shutdownCluster();
    await Promise.all([...cluster.nodes.values()].map(({ exit }) => exit));
    expect(await client.health()).toBe(false);
  });
});

test('a cluster that asks for tokens lets in an administrator, and tells everybody its health', async () => {
  const key = 'signing key';
  await using nodes = await LocalCluster.started(1, 1, { env: { AIS_AUTHN_SECRET_KEY: key } });
  cluster = nodes;
  const exp = Math.floor(systemClock.now() / 1000) + 3600;
  const tokenOf = (claims: { readonly admin: boolean }, signedWith = key): TokenSource =>
    fixedToken(signToken({ ...claims, exp }, signedWith));
  using nobody = clientOf();
  await nobody.setConfig({ auth: { enabled: true } });
  expect(await nobody.health({ readyToRebalance: true })).toBe(true);
  await expect(nobody.clusterMap()).rejects.toMatchObject({ reason: 'Unauthorized', status: 401 });
  using user = clientOf({ token: tokenOf({ admin: false }) });
  expect((await user.clusterMap()).targets.size).toBe(1);
  await expect(user.setConfig({ auth: { enabled: false } })).rejects.toMatchObject({ reason: 'Forbidden' });

  const old = tokenOf({ admin: true }, 'the key of yesterday');
  const login = { token: () => old.token(), renew: () => tokenOf({ admin: true }).token() };
  using admin = clientOf({ token: login });
  expect((await admin.clusterMap()).proxies.size).toBe(1);
  await admin.decommissionCluster({ removeUserData: true });
  await Promise.all([...nodes.nodes.values()].map(({ exit }) => exit));
});
