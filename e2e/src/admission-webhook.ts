import { fileURLToPath } from 'node:url';
import { resources } from '@rackwright/kube';
import type { CaseNamespace } from './case-namespace.ts';
import { expectEqual } from './expect.ts';
import { eventually } from './observe.ts';
import type { TestEnvironment } from './test-environment.ts';

const chart = fileURLToPath(new URL('../../charts/admission-webhook', import.meta.url));
const release = 'admission-webhook';

/**
 * Runs `work` while the admission webhook is installed in a namespace, and uninstalls it in the end.
 *
 * @param values such as `allowedImages={a/,b/}`, beside those of the environment
 */
export async function withAdmissionWebhook(
  testEnv: TestEnvironment,
  { name: namespace }: CaseNamespace,
  values: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  await install(testEnv, namespace, values);
  try {
    await work();
  } finally {
    const outcome = await testEnv.helm('uninstall', release, '--namespace', namespace);
    expectEqual(`helm uninstall: ${outcome.stderr}`, outcome.code, 0);
    await nobodyConverts(testEnv, namespace);
  }
}

/** CRDs go on naming a webhook that is gone; with the remedy of its README objects are read and written again. */
async function nobodyConverts(testEnv: TestEnvironment, namespace: string): Promise<void> {
  const { items } = await testEnv.kube.list(resources.customResourceDefinitions);
  const patch = JSON.stringify({ spec: { conversion: { strategy: 'None', webhook: null } } });
  for (const { metadata, spec } of items) {
    if (spec?.conversion?.webhook?.clientConfig?.service?.namespace !== namespace) continue;
    const outcome = await testEnv.kubectl('patch', 'crd', metadata?.name ?? '', '--type=merge', '-p', patch);
    expectEqual(`kubectl patch crd: ${outcome.stderr}`, outcome.code, 0);
  }
}

async function install(testEnv: TestEnvironment, namespace: string, own: readonly string[]): Promise<void> {
  const shared = testEnv.values.filter((value) => value.startsWith('global.'));
  const values = [...shared, ...own].flatMap((value) => ['--set', value]);
  const words = ['install', release, chart, '--namespace', namespace, '--wait', '--timeout', '60s'];
  const outcome = await testEnv.helm(...words, ...values);
  expectEqual(`helm install: ${outcome.stderr}`, outcome.code, 0);
  await eventually(testEnv, 'API servers to ask the webhook', async () => {
    const name = release;
    const { webhooks } = await testEnv.kube.get(resources.validatingWebhookConfigurations, { name });
    return webhooks !== undefined;
  });
}
