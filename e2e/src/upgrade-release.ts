import { expectEqual } from './expect.ts';
import type { TestEnvironment } from './test-environment.ts';

/** Upgrades the installation with this value, a `--set` expression, beside those it has. */
export async function upgradeRelease(testEnv: TestEnvironment, value: string): Promise<void> {
  const words = ['upgrade', 'rackwright', testEnv.chart, '--namespace', testEnv.namespace, '--reuse-values'];
  const outcome = await testEnv.helm(...words, '--set', value);
  expectEqual(`helm upgrade: ${outcome.stderr}`, outcome.code, 0);
}
