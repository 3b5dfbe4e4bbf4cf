import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { KubeClient, type KubeObject, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver } from '@rackwright/testbed/without-nodes';
import { sampleCluster } from '../../testing/sample.ts';
import { effectiveSpec } from '../effective.ts';
import type { Owner } from '../identity.ts';
import { lookUp, type Related } from './related.ts';

const namespace = 'default';
let plane: ControlPlane;
let client: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock: systemClock });
  client = new KubeClient({ connection: plane.admin(), clock: systemClock, userAgent: 'related-test/1' });
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
}, 60_000);

function looked(spec: Record<string, unknown>): Promise<Omit<Related, 'loginVersions'>> {
  const object = sampleCluster(spec);
  const owner: Owner = { name: 'ais', namespace, object };
  return lookUp(client, owner, effectiveSpec(object.spec), new AbortController().signal);
}

test('a Secret is seen as missing, there, changed and made anew', async () => {
  const version = async (): Promise<string | undefined> =>
    (await looked({ awsSecretName: 'aws' })).credentials.get('Secret aws');
  const key = { namespace, name: 'aws' };
  expect(await version()).toBeUndefined();
  const versions: unknown[] = [];
  for (const text of ['one', 'two', 'two']) {
    await client.apply(
      resources.secrets,
      { metadata: key, stringData: { text } },
      { fieldManager: 'someone' },
    );
    versions.push(await version());
  }
  await client.delete(resources.secrets, key);
  await client.create(resources.secrets, { metadata: key, stringData: { text: 'two' } });
  versions.push(await version());
  expect(versions.every((one) => typeof one === 'string')).toBe(true);
  expect(versions[2]).toBe(versions[1]);
  expect(new Set(versions).size).toBe(3);
});

test('without cert-manager a wanted Certificate is known to be impossible, and others miss nothing', async () => {
  const tls = { certificate: { issuerRef: { name: 'ca', kind: 'Issuer' }, mode: 'secret' } };
  expect(await looked({ tls })).toMatchObject({ hasCertManager: false, isClientForeign: false });
  expect(await looked({})).toMatchObject({ hasCertManager: true });
});

test('weakness 9: a Deployment with the name of the admin client is known to be of somebody else, or ours', async () => {
  const spec = { adminClient: {} };
  expect((await looked(spec)).isClientForeign).toBe(false);
  const labels = { app: 'own' };
  const made = await client.create(resources.deployments, {
    metadata: { namespace, name: 'ais-client' },
    spec: {
      ...{ replicas: 0, selector: { matchLabels: labels } },
      template: { metadata: { labels }, spec: { containers: [{ name: 'own', image: 'own:1' }] } },
    },
  } as KubeObject);
  expect((await looked(spec)).isClientForeign).toBe(true);
  expect((await looked({})).isClientForeign).toBe(false);
  const { apiVersion = '', kind = '', metadata } = sampleCluster();
  const owner = { apiVersion, kind, name: 'ais', uid: metadata?.uid ?? '', controller: true };
  const key = { namespace, name: made.metadata?.name ?? '' };
  const patch = { metadata: { ownerReferences: [owner] } };
  await client.patch(resources.deployments, key, patch, { strategy: 'merge' });
  expect((await looked(spec)).isClientForeign).toBe(false);
});
