import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type AidaptivCache,
  aidaptivCaches,
  aistoreAuthProfiles,
  aistores,
  type CxiDriver,
  cxiDrivers,
} from '@rackwright/api';
import { systemClock } from '@rackwright/core';
import { isKubeError, type KubeObject, resourceName, resources } from '@rackwright/kube';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { loadIssuer } from '@rackwright/web';
import { parseAllDocuments } from 'yaml';
import { byName, type Fields } from './testing/alike.ts';
import { namespace, type Replica, release, WebhookEnvironment } from './testing/webhook-environment.ts';

const { makeAuthority } = await loadIssuer();

const clock = systemClock;
let testEnv: WebhookEnvironment;
let replica: Replica;

beforeAll(async () => {
  testEnv = await WebhookEnvironment.start('allowedImages={ghcr.io/rackwright/}');
  // Nobody answers yet: nothing is held up.
  await testEnv.admin.create(cxiDrivers, driver('first', { version: '13.0.0' }));
  // Looks at everything every second or two.
  replica = await testEnv.replica('one', { args: ['--certificate-lifetime=60s'] });
  await waitUntil('the webhook', isAsked, { clock, deadlineMs: 60_000 });
}, 120_000);

afterAll(() => testEnv?.[Symbol.asyncDispose]());

async function isAsked(): Promise<boolean> {
  const { webhooks } = await testEnv.admin.get(resources.validatingWebhookConfigurations, { name: release });
  return webhooks !== undefined && (await replica.readiness()) === 'ready';
}

function driver(name: string, spec: object): CxiDriver {
  return {
    apiVersion: 'cxi.hpe.com/v1',
    kind: 'CXIDriver',
    metadata: { name },
    spec: spec as CxiDriver['spec'],
  };
}

async function refusal(writing: Promise<unknown>): Promise<string> {
  try {
    await writing;
  } catch (error) {
    if (isKubeError(error)) return error.message;
    throw error;
  }
  throw new Error('the API server accepted it');
}

describe('a CXIDriver', () => {
  test('is refused by the webhook with the name of the field', async () => {
    const source = { type: 'dkms', repository: 'git@example.com:shs-cxi-driver' };
    const message = await refusal(
      testEnv.admin.create(cxiDrivers, driver('bad', { version: '13.0.0', source })),
    );
    expect(message).toContain(
      'admission webhook "validate-cxidriver.slingshot.hpe.com" denied the request: validation failed: [spec.source.repository must be an https URL',
    );
  });

  test('is refused for an image that the installation does not allow', async () => {
    const spec = { version: '13.0.0', driverAgent: { image: 'docker.io/evil/agent:1' } };
    expect(await refusal(testEnv.admin.create(cxiDrivers, driver('bad', spec)))).toContain(
      'spec.driverAgent.image is not among the images this cluster allows',
    );
  });

  test('is accepted with warnings', async () => {
    const spec = 'spec: {version: "13", devicePlugin: {sharedCapacity: 2000}}';
    const document = `{apiVersion: cxi.hpe.com/v1, kind: CXIDriver, metadata: {name: second}, ${spec}}`;
    const path = await testEnv.file('second.yaml', document);
    const { code, stderr } = await testEnv.plane.kubectl('apply', '-f', path);
    expect(code).toBe(0);
    expect(stderr).toContain('Warning: spec.version is usually three numbers');
    expect(stderr).toContain('Warning: spec.devicePlugin.sharedCapacity above 1000');
    expect(stderr).toContain('Warning: the CXIDriver first is there already');
  });

  test('keeps the name of its resource while pods use it', async () => {
    const limits = { 'hpe.com/cxi': '1' };
    const pod = {
      metadata: { namespace, name: 'user' },
      spec: {
        serviceAccountName: release,
        containers: [{ name: 'main', image: 'registry.test/x', resources: { limits } }],
      },
    };
    await testEnv.admin.create(resources.pods, pod);
    const rename = () =>
      testEnv.admin.patch(
        cxiDrivers,
        { name: 'first' },
        { spec: { devicePlugin: { resourceName: 'example.com/nic' } } },
        { strategy: 'merge' },
      );
    expect(await refusal(rename())).toContain(
      'spec.devicePlugin.resourceName must stay hpe.com/cxi while pods use it',
    );
    await testEnv.admin.delete(resources.pods, { namespace, name: 'user' }, { gracePeriodSeconds: 0 });
    await rename();
  });
});

describe('what the AI100 family registers', () => {
  const cache = (spec: object) =>
    ({
      apiVersion: 'operators.phison.com/v1beta1',
      kind: 'AidaptivCache',
      metadata: { name: 'default' },
      spec,
    }) as AidaptivCache;

  test('refuses an AidaptivCache whose device plugin would not start', async () => {
    const spec = { devicePlugin: { arguments: ['-m', '/mnt/nvme0', '--cache-layuot=Striped'] } };
    expect(await refusal(testEnv.admin.create(aidaptivCaches, cache(spec)))).toContain(
      'admission webhook "validate-aidaptivcache.operators.phison.com" denied the request: validation failed: [spec.devicePlugin.arguments has a flag that the device plugin does not know',
    );
  });

  test('warns of a plugin of a PhisonDeviceOperator that nobody runs', async () => {
    const plugins = '[{pluginname: scheduler, pluginnamespace: x, pluginspec: {}}]';
    const document = `{apiVersion: operators.phison.com/v1alpha1, kind: PhisonDeviceOperator, metadata: {name: old, namespace: ${namespace}}, spec: {servicename: s, serviceport: [], plugins: ${plugins}}}`;
    const { code, stderr } = await testEnv.plane.kubectl(
      'apply',
      '-f',
      await testEnv.file('old.yaml', document),
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining('Warning: spec.plugins has a plugin')]);
  });
});

describe('what the AIStore family registers', () => {
  const sample = fileURLToPath(new URL('../../../config/samples/ais_v1alpha1_aistore.yaml', import.meta.url));
  const key = { namespace, name: 'aistore-sample' };
  const merge = { strategy: 'merge' } as const;
  const change = (spec: object) => testEnv.admin.patch(aistores, key, { spec }, merge);

  test('takes the sample of the first operator as written, and keeps it as v1beta1', async () => {
    const isConverted = async () =>
      (await testEnv.admin.get(resources.customResourceDefinitions, { name: resourceName(aistores) })).spec
        ?.conversion?.strategy === 'Webhook';
    await waitUntil('the conversion', isConverted, { clock, deadlineMs: 60_000 });
    const applied = await testEnv.plane.kubectl('apply', '-n', namespace, '-f', sample);
    expect(applied.code).toBe(0);
    expect((await testEnv.admin.get(aistores, key)).spec).toMatchObject({
      stateStorage: { hostPath: { prefix: '/etc/ais' } },
    });
    const older = await testEnv.plane.kubectl('get', 'aistores.v1alpha1.ais.nvidia.com', '-A', '-o', 'json');
    expect(older.stdout).toContain('"dryobjsize": "8M"');
  });

  test('refuses a cluster that shares a port, and a StorageClass that is not there', async () => {
    const port = { proxySpec: { portIntraData: 51_081 } };
    expect(await refusal(change(port))).toContain('cannot update spec "proxySpec"');
    const { spec } = await testEnv.admin.get(aistores, key);
    const { stateStorage: _, ...others } = spec;
    const other = (fields: object) =>
      testEnv.admin.create(aistores, {
        ...{ metadata: { namespace, name: 'other' }, spec: { ...others, ...fields } },
      } as never);
    const shared = { ...port, stateStorage: { emptyDir: {} } };
    const proxySpec = { ...spec.proxySpec, ...port.proxySpec };
    expect(await refusal(other({ ...shared, proxySpec }))).toContain('must differ from each other');
    expect(await refusal(other({ stateStorage: { pvc: { storageClass: 'gone' } } }))).toContain(
      "required storage class 'gone' not found",
    );
  });

  test('lets those use a profile who have the right to', async () => {
    const profile = {
      metadata: { name: 'login' },
      spec: { serviceURL: 'https://authn:52001', tokenExchange: {} },
    };
    await testEnv.admin.create(aistoreAuthProfiles, profile as never);
    const account = { metadata: { namespace, name: 'user' } };
    await testEnv.admin.create(resources.serviceAccounts, account);
    const grant = async (name: string, rule: object): Promise<void> => {
      const subjects = [{ kind: 'ServiceAccount', namespace, name: 'user' }];
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
      await testEnv.admin.create(resources.clusterRoles, {
        metadata: { name },
        ...{ rules: [rule] },
      } as KubeObject);
      const binding = { metadata: { name }, ...{ subjects, roleRef } } as KubeObject;
      await testEnv.admin.create(resources.clusterRoleBindings, binding);
    };
    await grant('edit-aistores', {
      ...{ apiGroups: ['ais.nvidia.com'], resources: ['aistores'], verbs: ['get', 'patch'] },
    });
    const patch = JSON.stringify({ spec: { auth: { profileRef: { name: 'login' } } } });
    const user = `system:serviceaccount:${namespace}:user`;
    const use = () =>
      testEnv.plane.kubectl(
        ...['patch', 'aistore', key.name, '-n', namespace, '--type=merge', '-p', patch, `--as=${user}`],
      );
    expect((await use()).stderr).toContain(`${user} is not authorized to use AIStoreAuthProfile login`);
    await grant('use-login', {
      ...{ apiGroups: ['auth.ais.nvidia.com'], resources: ['aistoreauthprofiles'], verbs: ['use'] },
      resourceNames: ['login'],
    });
    const isUsed = async () => (await use()).code === 0;
    await waitUntil('the right', isUsed, { clock, deadlineMs: 30_000 });
  });

  test('weakness 1: lets one go that is not as it should be', async () => {
    const finalizers = ['finalize.ais'];
    await testEnv.admin.patch(aistores, key, { metadata: { finalizers } }, merge);
    await testEnv.admin.delete(aistores, key);
    const wrong = { metadata: { finalizers: [] }, spec: { proxySpec: { servicePort: 0 } } };
    await testEnv.admin.patch(aistores, key, wrong, merge);
    const isGone = async () => (await testEnv.admin.list(aistores, { namespace })).items.length === 0;
    await waitUntil('the AIStore to be gone', isGone, { clock, deadlineMs: 30_000 });
  });
});

describe('what somebody changes is put right', () => {
  const configuration = () => testEnv.admin.get(resources.validatingWebhookConfigurations, { name: release });
  const change = (path: string, value: string) =>
    testEnv.admin.patch(
      resources.validatingWebhookConfigurations,
      { name: release },
      [{ op: 'replace', path: `/webhooks/0/${path}`, value }],
      { strategy: 'json' },
    );

  test('in the entry of the webhook', async () => {
    await change('failurePolicy', 'Ignore');
    const isBack = async () => (await configuration()).webhooks?.[0]?.failurePolicy === 'Fail';
    await waitUntil('the failure policy', isBack, { clock, deadlineMs: 30_000 });
  });

  test('in what API servers trust', async () => {
    const trusted = (await configuration()).webhooks?.[0]?.clientConfig.caBundle;
    const other = await makeAuthority('other', { nowMs: clock.now(), lifetimeMs: 3_600_000 });
    await change('clientConfig/caBundle', Buffer.from(other.cert).toString('base64'));
    const isBack = async () => {
      const bundle = (await configuration()).webhooks?.[0]?.clientConfig.caBundle ?? '';
      return Buffer.from(bundle, 'base64').includes(Buffer.from(trusted ?? '', 'base64'));
    };
    await waitUntil('the authority', isBack, { clock, deadlineMs: 30_000 });
  });

  test('in the Secrets', async () => {
    const key = { namespace, name: `${release}-tls` };
    await testEnv.admin.patch(resources.secrets, key, { data: null }, { strategy: 'merge' });
    const isBack = async () =>
      (await testEnv.admin.get(resources.secrets, key)).data?.['tls.crt'] !== undefined;
    await waitUntil('the certificate', isBack, { clock, deadlineMs: 30_000 });
    const spec = { version: '13.0.0', driverAgent: { image: 'docker.io/evil/agent:1' } };
    expect(await refusal(testEnv.admin.create(cxiDrivers, driver('bad', spec)))).toContain(
      'spec.driverAgent.image',
    );
  });
});

test('what the webhook does is counted by rule and result, and logged without the object', async () => {
  const metrics = await replica.metrics();
  const webhook = 'webhook="validate-cxidriver.slingshot.hpe.com"';
  expect(metrics).toContain(
    `admission_webhook_findings_total{${webhook},rule="repository-url",result="denied"} 1`,
  );
  expect(metrics).toContain(
    `admission_webhook_findings_total{${webhook},rule="second-driver",result="warned"} 1`,
  );
  expect(metrics).toMatch(
    new RegExp(`admission_webhook_reviews_total\\{${webhook},result="allowed"\\} [1-9]`),
  );
  expect(metrics).toMatch(/admission_webhook_certificate_not_after_seconds \d+/);
  const logs = await replica.logs();
  expect(logs).toContain('"rules":["repository-url"]');
  expect(logs).not.toContain('git@example.com');
});

test('keys of the Secrets are not in the log', async () => {
  const secret = await testEnv.admin.get(resources.secrets, { namespace, name: `${release}-tls` });
  const key = Buffer.from(secret.data?.['tls.key'] ?? '', 'base64').toString('utf8');
  expect(key).toContain('PRIVATE KEY');
  expect(await replica.logs()).not.toContain('PRIVATE KEY');
});

test('config/webhook is what the chart makes of its defaults, and an API server takes it', async () => {
  const documents = (text: string): Fields[] =>
    parseAllDocuments(text)
      .map((document) => document.toJSON() as Fields | null)
      .filter((document) => document !== null);
  const config = fileURLToPath(new URL('../../../config/webhook', import.meta.url));
  const chart = fileURLToPath(new URL('../../../charts/admission-webhook', import.meta.url));
  const target = ['--namespace', 'slingshot-system', '--kube-version', '1.36.0'];
  const { stdout } = await testEnv.plane.helm('template', release, chart, ...target);
  const built = await testEnv.plane.kubectl('kustomize', config);
  expect(byName(documents(built.stdout))).toEqual(byName(documents(stdout)));
  await testEnv.admin.create(resources.namespaces, { metadata: { name: 'slingshot-system' } });
  const applied = await testEnv.plane.kubectl(
    'apply',
    '--server-side',
    '--dry-run=server',
    '--force-conflicts',
    '-k',
    config,
  );
  expect(applied).toMatchObject({ code: 0, stderr: '' });
});
