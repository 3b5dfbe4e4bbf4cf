import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CxiDriver, cxiDrivers } from '@rackwright/api';
import { errorMessage, Lifetime, systemClock } from '@rackwright/core';
import { type KubeObject, resources, resourceType, type Webhook } from '@rackwright/kube';
import { CertManager, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import { certificatesOf } from '@rackwright/web';
import { decodedBundle } from './configuration/registration.ts';
import { Load } from './testing/load.ts';
import { namespace, type Replica, release, WebhookEnvironment } from './testing/webhook-environment.ts';

// It takes minutes to build cert-manager, so RACKWRIGHT_LONG_TESTS=1 asks for it.
const long = process.env.RACKWRIGHT_LONG_TESTS === '1';
const clock = systemClock;
const folder = '/tmp/k8s-webhook-server/serving-certs';
const older = 'validate-cxidriver.older.example.com';
/** Times that a replica waits for others are a part of how long certificates live. */
const quick = '--certificate-lifetime=60s';
const lifetime = new Lifetime();
let testEnv: WebhookEnvironment;

const certificates = resourceType<KubeObject>({
  ...{
    group: 'cert-manager.io',
    version: 'v1',
    plural: 'certificates',
    kind: 'Certificate',
    namespaced: true,
  },
});
const key = { namespace, name: release };
const secretKey = { namespace, name: `${release}-tls` };

beforeAll(async () => {
  if (!long) return;
  testEnv = lifetime.use(await WebhookEnvironment.start('allowedImages={ghcr.io/rackwright/}'));
  const progress = (line: string): void => void process.stdout.write(`${line}\n`);
  const programs = new ProgramResolver({ env: process.env, clock, progress });
  lifetime.use(await CertManager.start({ plane: testEnv.plane, programs, clock }));
  await testEnv.admin.delete(resources.secrets, secretKey);
  await testEnv.install('certificates.source=cert-manager', 'allowedImages={ghcr.io/rackwright/}');
}, 1_800_000);

afterAll(() => lifetime[Symbol.asyncDispose]());

/** What cert-manager wrote into the Secret of the chart. */
async function issued(): Promise<Readonly<Record<string, string>> | undefined> {
  const secret = await testEnv.admin.get(resources.secrets, secretKey).catch(() => undefined);
  return secret?.data?.['tls.crt'] === undefined ? undefined : secret.data;
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  return waitUntil(what, look, { clock, deadlineMs: 90_000 });
}

/** Waits for a certificate of which `isWanted`, and mounts it for the replicas. */
async function mounted(
  isWanted: (names: readonly string[], cert: string) => boolean,
  ...replicas: readonly string[]
): Promise<Readonly<Record<string, string>>> {
  const data = await until('a certificate of cert-manager', async () => {
    const secret = await issued();
    const pem = decodedBundle(secret?.['tls.crt']);
    const [certificate] = certificatesOf(pem);
    return isWanted((certificate?.subjectAltName ?? '').split(', '), pem) ? secret : undefined;
  });
  for (const name of replicas) await testEnv.mount(name, folder, data);
  return data;
}

/** As `cmctl renew` asks for it. */
async function renew(): Promise<void> {
  const certificate = (await testEnv.admin.get(certificates, key)) as KubeObject & {
    readonly status?: { readonly conditions?: readonly object[] };
  };
  const issuing = {
    ...{ type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message: 'asked for by the test' },
    lastTransitionTime: new Date(clock.now()).toISOString().replace(/\.\d+/, ''),
  };
  const conditions = [...(certificate.status?.conditions ?? []), issuing];
  const options = { strategy: 'merge', subresource: 'status' } as const;
  await testEnv.admin.patch(certificates, key, { status: { conditions } }, options);
}

async function bundleOf(name: string): Promise<string> {
  const { webhooks } = await testEnv.admin.get(resources.validatingWebhookConfigurations, { name });
  return decodedBundle(webhooks?.[0]?.clientConfig.caBundle);
}

function refusal(): Promise<string> {
  const spec = { version: '13.0.0', driverAgent: { image: 'docker.io/evil/agent:1' } };
  const driver = { metadata: { name: 'bad' }, spec: spec as CxiDriver['spec'] };
  return testEnv.admin.create(cxiDrivers, driver).then(() => 'accepted', errorMessage);
}

const includes = (bundle: string, base64 = ''): boolean =>
  base64 !== '' && bundle.includes(decodedBundle(base64).trim());

const title = `with the real cert-manager${long ? '' : ' (skipped: RACKWRIGHT_LONG_TESTS is not set)'}`;
(long ? describe : describe.skip)(title, () => {
  let replica: Replica;

  test('the certificate of the chart is issued for its Service', async () => {
    await mounted((names) => names.includes(`DNS:${release}.${namespace}.svc`));
    // API servers of this test ask a process on this machine.
    const dnsNames = [`${release}.${namespace}.svc`, 'localhost'];
    await testEnv.admin.patch(certificates, key, { spec: { dnsNames } }, { strategy: 'merge' });
    await mounted((names) => names.includes('DNS:localhost'), 'one', 'older');
  }, 200_000);

  test('older manifests: cainjector says what to trust, the webhook answers, both after a renewal too', async () => {
    const args = ['--certificates=files', '--webhook-ca-name=', '--validating-configuration=', quick];
    const replica = await testEnv.replica('older', { args });
    await until('a replica', async () => (await replica.readiness()) === 'ready');
    const url = `https://localhost:${replica.ports.port}/validate-cxi-hpe-com-v1-cxidriver`;
    const webhook: Webhook = {
      ...{ name: older, clientConfig: { url }, sideEffects: 'None', admissionReviewVersions: ['v1'] },
      rules: [
        {
          ...{ apiGroups: ['cxi.hpe.com'], apiVersions: ['v1'], resources: ['cxidrivers'] },
          operations: ['CREATE', 'UPDATE'],
        },
      ],
    };
    const annotations = { 'cert-manager.io/inject-ca-from': `${namespace}/${release}` };
    const configuration = { metadata: { name: 'older', annotations }, webhooks: [webhook] };
    await testEnv.admin.apply(resources.validatingWebhookConfigurations, configuration, {
      fieldManager: 'older-manifests',
    });
    const first = await issued();
    await until('an injected authority', async () => includes(await bundleOf('older'), first?.['ca.crt']));
    await until('a refusal', async () => (await refusal()).includes(`webhook "${older}" denied`));
    await renew();
    const next = await mounted((_, pem) => pem !== decodedBundle(first?.['tls.crt']), 'one', 'older');
    await until('the next authority', async () => includes(await bundleOf('older'), next['ca.crt']));
    await until('a refusal', async () => (await refusal()).includes(`webhook "${older}" denied`));
    await testEnv.admin.delete(resources.validatingWebhookConfigurations, { name: 'older' });
    await replica.stop();
  }, 400_000);

  test('the replicas of the chart write what to trust from ca.crt, and refuse with the field', async () => {
    replica = await testEnv.replica('one', { args: [quick] });
    await until('a replica', async () => (await replica.readiness()) === 'ready');
    const data = await issued();
    await until('the authority', async () => includes(await bundleOf(release), data?.['ca.crt']));
    await until('a refusal', async () => (await refusal()).includes('spec.driverAgent.image is not among'));
  }, 200_000);

  test('a renewal is served without a restart, and no request fails meanwhile', async () => {
    const before = await issued();
    const load = new Load(testEnv, clock);
    await renew();
    const next = await mounted((_, pem) => pem !== decodedBundle(before?.['tls.crt']), 'one');
    await until('only the next authority', async () => {
      const bundle = await bundleOf(release);
      return includes(bundle, next['ca.crt']) && !includes(bundle, before?.['ca.crt']);
    });
    const { failures, told } = await load.stop();
    process.stdout.write(`renewed by cert-manager: ${told}\n`);
    expect(failures).toEqual([]);
    expect(await replica.readiness()).toBe('ready');
    expect(await refusal()).toContain('spec.driverAgent.image is not among');
  }, 400_000);
});
