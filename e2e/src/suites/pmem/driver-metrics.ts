import { pmemMetric } from '@rackwright/keys';
import { sample } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driverPod } from './deployment.ts';

/** Port of the driver's metrics. */
const metricsPort = 10_010;

/** What the driver on a node tells in its metrics. */
export async function driverMetrics(
  testEnv: TestEnvironment,
  node: string,
  driver?: string,
): Promise<string> {
  const { metadata } = await driverPod(testEnv, node, driver);
  const pod = { namespace: testEnv.namespace, name: metadata?.name ?? '' };
  return testEnv.fetchFromPod(pod, metricsPort, '/metrics');
}

/** Free memory of a node in bytes. */
export async function availableBytes(testEnv: TestEnvironment, node: string): Promise<number> {
  return sample(await driverMetrics(testEnv, node), pmemMetric.available) ?? 0;
}

/** How often the driver on a node has done what a method of the node service says, since it started. */
export async function callsOf(testEnv: TestEnvironment, node: string, method: string): Promise<number> {
  const labels = { method_name: `/csi.v1.Node/${method}`, grpc_status_code: 'OK' };
  return sample(await driverMetrics(testEnv, node), `${pmemMetric.operations}_count`, labels) ?? 0;
}

/**
 * Calls that the driver on a node has not answered with OK since it started, by method and code, with how often. Not
 * those for the usage of a volume that is not there: kubelets ask for it beside everything else they do, also of a
 * volume they are just taking away.
 */
export async function failedCalls(testEnv: TestEnvironment, node: string): Promise<readonly string[]> {
  const counts = (await driverMetrics(testEnv, node))
    .split('\n')
    .filter((line) => line.startsWith(`${pmemMetric.operations}_count{`));
  const isStatsOfGone = (line: string): boolean =>
    line.includes('/NodeGetVolumeStats",grpc_status_code="NotFound"');
  return counts.filter((line) => !line.includes('grpc_status_code="OK"') && !isStatsOfGone(line)).toSorted();
}
