import { fileURLToPath } from 'node:url';
import { aidaptivCache } from '@rackwright/keys';
import { type KubeObject, resources } from '@rackwright/kube';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';

const chart = fileURLToPath(new URL('../../../../charts/aidaptivcache-operator', import.meta.url));
const release = 'older';

/** Where the chart of the older operator is installed. */
export const familyNamespace = 'aidaptivcache-operator';

/** Names of its accounts: the operator's, and that of the job after an uninstall. */
export const familyAccounts = {
  operator: `system:serviceaccount:${familyNamespace}:${release}-aidaptivcache-operator`,
  removal: `system:serviceaccount:${familyNamespace}:${release}-aidaptivcache-operator-removal`,
};

/** A plugin that is not there: that of the release runs on the node already, and a second one must not. */
export const noPlugin = 'older.test/phison/none:0.7.5';

/** Values of a release that labels nodes and asks drives as quickly as may be, does nothing to drives, and taints nodes. */
export const quickValues: readonly string[] = [
  'pnd.interval=1s',
  'aidaptivCache.spec.recovery.taint=NoExecute',
  'aidaptivCache.spec.recovery.mode=Off',
  'aidaptivCache.spec.health.pollSeconds=5',
  'aidaptivCache.spec.health.commandTimeoutSeconds=4',
];

/** Installs the chart of the older operator, or upgrades it, and waits until its operator works. */
export async function installFamilyChart(testEnv: TestEnvironment, values: readonly string[]): Promise<void> {
  const args = ['--namespace', familyNamespace, '--create-namespace', '--skip-crds'];
  const set = values.flatMap((value) => ['--set', value]);
  await succeeds('helm upgrade', testEnv.helm('upgrade', '--install', release, chart, ...args, ...set));
  await eventually(testEnv, 'the operator to publish what exporters trust', async () => {
    const { data } = await testEnv.kube.get(resources.configMaps, {
      ...{ namespace: familyNamespace, name: aidaptivCache.handshake.trust },
    });
    return data?.['ca.crt'] !== undefined;
  });
}

/** Returns when the job after it has done its work. */
export async function uninstallFamilyChart(testEnv: TestEnvironment): Promise<void> {
  const words = [release, '--namespace', familyNamespace];
  await succeeds('helm uninstall', testEnv.helm('uninstall', ...words));
}

/** `helm test` of the release, which waits so long for it to be in order. */
export function testFamilyChart(
  { helm }: TestEnvironment,
  timeout: `${number}${'s' | 'm'}`,
): ReturnType<TestEnvironment['helm']> {
  return helm('test', release, '--namespace', familyNamespace, '--logs', `--timeout=${timeout}`);
}

/** Names of what lists of the API have. */
export function namesOf({ items }: { readonly items: readonly KubeObject[] }): string[] {
  return items.map(({ metadata }) => metadata?.name ?? '');
}

async function succeeds(what: string, running: ReturnType<TestEnvironment['kubectl']>): Promise<void> {
  const { code, stdout, stderr } = await running;
  expectEqual(`${what}: ${stdout}${stderr}`, code, 0);
}
