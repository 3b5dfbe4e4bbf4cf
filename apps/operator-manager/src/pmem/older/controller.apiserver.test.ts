import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pmemDeployments } from '@rackwright/api';
import { systemClock } from '@rackwright/core';
import { type KubeObject, resources } from '@rackwright/kube';
import { Authority } from '@rackwright/testbed';
import { DeploymentEnvironment } from '../testing/deployment-environment.ts';
import { testSettings } from '../testing/fixtures.ts';
import { pairIn, textIn } from './certificates/secrets.ts';

const { namespace } = testSettings;
const name = 'pmem-deployment';
const key = (suffix: string, of = name) => ({ namespace, name: `${of}-${suffix}` });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
let testEnv: DeploymentEnvironment;

beforeAll(async () => {
  testEnv = await DeploymentEnvironment.start();
}, 120_000);

afterAll(() => testEnv?.[Symbol.asyncDispose]());

const condition = async (deployment: string, type: string) => {
  const { status } = await testEnv.admin.get(pmemDeployments, { name: deployment });
  return status?.conditions?.find((one) => one.type === type);
};

const secret = (suffix: string, of?: string) => testEnv.admin.get(resources.secrets, key(suffix, of));

describe("the first operator's Deployment", () => {
  test('has its objects under its name, is Initializing, and Running once their pods are', async () => {
    await testEnv.createOlder(name, { deviceMode: 'lvm', nodeSelector: { storage: 'pmem' } });
    const { metadata, spec } = await testEnv.untilOlder(name, 'Initializing');
    const found: readonly KubeObject[] = await Promise.all([
      testEnv.admin.get(resources.statefulSets, key('controller')),
      testEnv.admin.get(resources.daemonSets, key('node')),
      testEnv.admin.get(resources.services, key('controller')),
      testEnv.admin.get(resources.services, key('metrics')),
      secret('pmem-ca'),
      secret('pmem-registry'),
      secret('pmem-node-controller'),
      testEnv.admin.get(resources.serviceAccounts, { namespace, name }),
      testEnv.admin.get(resources.roleBindings, { namespace, name }),
      testEnv.admin.get(resources.clusterRoleBindings, { name }),
      testEnv.admin.get(resources.csiDrivers, { name: 'pmem-csi.intel.com' }),
    ]);
    for (const object of found)
      expect(object.metadata?.ownerReferences).toEqual([
        expect.objectContaining({ kind: 'Deployment', uid: metadata?.uid, controller: true }),
      ]);
    await testEnv.rollOlder(name, 2);
    const running = await testEnv.untilOlder(name, 'Running');
    expect(running.status?.driverComponents).toMatchObject([
      { component: 'Controller', status: 'Ready' },
      { component: 'Node', status: 'Ready', reason: '2 out of 2 driver pods are ready' },
    ]);
    expect(running.spec).toEqual(spec);
  });

  test('is shown by kubectl as the first operator showed it', async () => {
    const list = await testEnv.plane.kubectl('get', 'deployments.pmem-csi.intel.com');
    expect(list.stdout).toMatch(/^NAME +AGE\npmem-deployment +\S+\n$/);
    const { stdout } = await testEnv.plane.kubectl('describe', 'deployment.pmem-csi.intel.com', name);
    expect(stdout).toMatch(/API Version: +pmem-csi\.intel\.com\/v1alpha1\nKind: +Deployment\n/);
    expect(stdout).toMatch(/Device Mode: +lvm\n/);
    expect(stdout).toMatch(/Phase: +Running\n/);
    expect(stdout).toMatch(/Normal +NewDeployment .*\n.*Normal +Running /);
  });

  test('has certificates with the names by which controller and nodes know each other', async () => {
    const [ca, registry, node] = await Promise.all([
      secret('pmem-ca'),
      secret('pmem-registry'),
      secret('pmem-node-controller'),
    ]);
    expect([ca, registry, node].map(({ type }) => type)).toEqual(Array(3).fill('kubernetes.io/tls'));
    expect(ca.data).toMatchObject({ 'tls.key': '' });
    const authority = new X509Certificate(textIn(ca, 'tls.crt'));
    for (const [of, peer] of [
      [registry, 'pmem-registry'],
      [node, 'pmem-node-controller'],
    ] as const) {
      const certificate = new X509Certificate(pairIn(of).cert);
      expect(certificate.subjectAltName).toBe(`DNS:${peer}`);
      expect(certificate.verify(authority.publicKey)).toBe(true);
    }
    expect(await condition(name, 'CertsVerified')).toMatchObject({ status: 'True' });
    expect(await condition(name, 'CertsReady')).toMatchObject({ status: 'True' });
  });

  test('keeps its certificates when somebody deletes a Secret, and has new ones for a key that is lost', async () => {
    const before = pairIn(await secret('pmem-registry'));
    await testEnv.admin.delete(resources.secrets, key('pmem-registry'));
    await testEnv.until('the Secret', async () => {
      const { items } = await testEnv.admin.list(resources.secrets, { namespace });
      return items.some(({ metadata }) => metadata?.name === key('pmem-registry').name);
    });
    expect(pairIn(await secret('pmem-registry'))).toEqual(before);
    const data = { 'tls.key': base64('lost') };
    await testEnv.admin.patch(resources.secrets, key('pmem-registry'), { data }, { strategy: 'merge' });
    await testEnv.until('another certificate', async () => {
      const { cert, key: text } = pairIn(await secret('pmem-registry'));
      return text !== 'lost' && cert !== before.cert;
    });
    // The other goes on, and whoever still shows the old certificate is trusted.
    expect(textIn(await secret('pmem-ca'), 'tls.crt').match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    await testEnv.until('a handshake', async () => {
      return (await condition(name, 'CertsVerified'))?.status === 'True';
    });
  });

  test('costs no write while nothing changes', async () => {
    await testEnv.untilOlder(name, 'Running');
    const { length } = testEnv.client.calls;
    await testEnv.patchOlder(name, { logLevel: 3 });
    await testEnv.until('the generation', async () => {
      const { metadata, status } = await testEnv.admin.get(pmemDeployments, { name });
      return status?.observedGeneration === metadata?.generation;
    });
    const writes = testEnv.client.calls.slice(length);
    expect(writes.filter((call) => !call.startsWith('patch deployments'))).toEqual([]);
  });

  test('cannot change its device mode or give memory back once it is rolled out', async () => {
    await expect(testEnv.patchOlder(name, { deviceMode: 'direct' })).rejects.toMatchObject({
      message: expect.stringContaining('spec.deviceMode cannot be changed'),
    });
    await expect(testEnv.patchOlder(name, { pmemPercentage: 50 })).rejects.toMatchObject({
      message: expect.stringContaining('spec.pmemPercentage cannot be lowered'),
    });
  });

  test('a driver name that another has is refused until it is free', async () => {
    await testEnv.createOlder('second');
    const failed = await testEnv.untilOlder('second', 'Failed');
    expect(failed.status?.reason).toBe(
      'spec.driverName pmem-csi.intel.com is already taken by Deployment pmem-deployment; give this driver another name',
    );
    await testEnv.patchOlder('second', { driverName: 'second.example.com' });
    await testEnv.untilOlder('second', 'Initializing');
    await testEnv.admin.get(resources.csiDrivers, { name: 'second.example.com' });
    // Renamed into a name that is taken it stays as it is.
    await testEnv.patchOlder('second', { driverName: 'pmem-csi.intel.com' });
    await testEnv.untilOlder('second', 'Failed');
    await testEnv.admin.get(resources.csiDrivers, { name: 'second.example.com' });
    expect((await testEnv.admin.get(pmemDeployments, { name })).status?.phase).toBe('Running');
    await testEnv.admin.delete(pmemDeployments, { name: 'second' });
  });

  test('names that nothing could come of are refused', async () => {
    await expect(testEnv.createOlder('a'.repeat(42))).rejects.toMatchObject({
      message: expect.stringContaining('metadata.name must have at most 41 characters'),
    });
    await expect(testEnv.createOlder('1-driver')).rejects.toMatchObject({
      message: expect.stringContaining('metadata.name must begin with a letter'),
    });
    await expect(testEnv.createOlder('upper', { driverName: 'PMEM' })).rejects.toMatchObject({
      message: expect.stringContaining('spec.driverName must be a domain name'),
    });
  });
});

describe('certificates that users bring', () => {
  const driverName = 'own.example.com';

  test("are Failed with what lacks, in the first operator's words, until they are whole", async () => {
    const authority = await Authority.create(systemClock);
    const issue = (peer: string) => authority.issue({ commonName: peer, hosts: [peer] });
    const [registry, node] = [await issue('pmem-registry'), await issue('pmem-node-controller')];
    const registryCert = base64(registry.cert);
    await testEnv.createOlder('own', { driverName, registryCert });
    const noCa = await testEnv.untilOlder('own', 'Failed');
    expect(noCa.status?.reason).toContain('missing root CA');
    await testEnv.patchOlder('own', { caCert: base64(authority.cert) });
    await testEnv.until('the reason', async () => {
      const { status } = await testEnv.untilOlder('own', 'Failed');
      return status?.reason?.includes('certificates and keys must be provided') === true;
    });
    const registryKey = base64(registry.key);
    // The wrong way round: both are signed, but neither is who it should be.
    await testEnv.patchOlder('own', {
      ...{ registryCert: base64(node.cert), registryKey: base64(node.key) },
      ...{ nodeControllerCert: registryCert, nodeControllerKey: registryKey },
    });
    await testEnv.until('the reason', async () => {
      const { status } = await testEnv.untilOlder('own', 'Failed');
      return status?.reason?.includes('pmem-registry fails') === true;
    });
    expect(await condition('own', 'CertsVerified')).toMatchObject({ status: 'False' });
    const before = await testEnv.admin.list(resources.secrets, { namespace });
    expect(before.items.filter(({ metadata }) => metadata?.name?.startsWith('own-'))).toEqual([]);
    await testEnv.patchOlder('own', {
      ...{ registryCert, registryKey },
      ...{ nodeControllerCert: base64(node.cert), nodeControllerKey: base64(node.key) },
    });
    const ready = await testEnv.untilOlder('own', 'Initializing');
    expect(pairIn(await secret('pmem-registry', 'own'))).toEqual(registry);
    expect(JSON.stringify(ready.status)).not.toContain('PRIVATE KEY');
  });

  test('may be in Secrets, and are followed when they are renewed there', async () => {
    const authority = await Authority.create(systemClock);
    const put = async (of: string, peer: string) => {
      const pair = await authority.issue({ commonName: peer, hosts: [peer] });
      const texts = { 'ca.crt': authority.cert, 'tls.crt': pair.cert, 'tls.key': pair.key };
      const data = Object.fromEntries(Object.entries(texts).map(([entry, text]) => [entry, base64(text)]));
      const metadata = { namespace, name: of };
      const object = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', data };
      await testEnv.admin.apply(resources.secrets, object, { fieldManager: 'test' });
      return pair;
    };
    const secrets = { registrySecret: 'of-registry', nodeControllerSecret: 'of-nodes' };
    await testEnv.createOlder('kept', { driverName: 'kept.example.com', ...secrets });
    const failed = await testEnv.untilOlder('kept', 'Failed');
    expect(failed.status?.reason).toContain(
      'spec.registrySecret: there is no Secret pmem-csi/of-registry of type kubernetes.io/tls',
    );
    await put('of-registry', 'pmem-registry');
    await put('of-nodes', 'pmem-node-controller');
    await testEnv.untilOlder('kept', 'Initializing');
    const renewed = await put('of-registry', 'pmem-registry');
    await testEnv.until('the renewed one', async () => {
      return pairIn(await secret('pmem-registry', 'kept')).cert === renewed.cert;
    });
    expect((await testEnv.admin.get(pmemDeployments, { name: 'kept' })).spec).toEqual({
      driverName: 'kept.example.com',
      ...secrets,
    });
  });
});
