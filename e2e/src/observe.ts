import { type CxiDeviceObject, cxiDevices, cxiDevicesOfNode, cxiDrivers } from '@rackwright/api';
import { kubernetes } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { type WaitOptions, waitUntil } from '@rackwright/testbed';
import type { TestEnvironment, TestNode } from './test-environment.ts';

/** What a user reads of a cluster, gathered for the cases. */
export type PodObject = Awaited<ReturnType<typeof componentPods>>[number];

/** Waits on the environment's own clock and signal. */
export function eventually<T>(
  testEnv: TestEnvironment,
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  options: Partial<WaitOptions> = {},
): Promise<T> {
  return waitUntil(what, check, { clock: testEnv.clock, signal: testEnv.signal, ...options });
}

/** The CXIDevice objects of one node, or of all. */
export async function devicesOf(testEnv: TestEnvironment, node?: string): Promise<CxiDeviceObject[]> {
  const selector = node === undefined ? {} : { labelSelector: cxiDevicesOfNode(node) };
  return (await testEnv.kube.list(cxiDevices, selector)).items;
}

/** One CXIDevice, or undefined if it is not there. */
export async function deviceOf(
  testEnv: TestEnvironment,
  node: string,
  device: string,
): Promise<CxiDeviceObject | undefined> {
  return (await devicesOf(testEnv, node)).find((item) => item.status?.device === device);
}

/** What the Node says of a resource: how much there is and how much may be given out. */
export async function resourceOf(
  testEnv: TestEnvironment,
  node: string,
  resource: string,
): Promise<{ capacity: number; allocatable: number }> {
  const { status } = await testEnv.kube.get(resources.nodes, { name: node });
  return {
    capacity: Number(status?.capacity?.[resource] ?? 0),
    allocatable: Number(status?.allocatable?.[resource] ?? 0),
  };
}

/** Status of one condition of the CXIDriver, with its reason. */
export async function driverCondition(
  testEnv: TestEnvironment,
  type: string,
): Promise<{ status: string; reason: string; message: string } | undefined> {
  const driver = await testEnv.kube.get(cxiDrivers, { name: testEnv.driver });
  return driver.status?.conditions?.find((condition) => condition.type === type);
}

/** Pods of one component of the CXI stack, those that are ending too. */
export async function everyPodOf(testEnv: TestEnvironment, component: string) {
  const { items } = await testEnv.kube.list(resources.pods, {
    namespace: testEnv.namespace,
    labelSelector: `${kubernetes.label.component}=${component},${kubernetes.label.instance}=${testEnv.driver}`,
  });
  return items;
}

/** Pods of one component of the CXI stack that are not ending, on one node if named. */
export async function componentPods(testEnv: TestEnvironment, component: string, node?: string) {
  return (await everyPodOf(testEnv, component))
    .filter((pod) => pod.metadata?.deletionTimestamp === undefined)
    .filter((pod) => node === undefined || pod.spec?.nodeName === node);
}

/** The exporter's exposition text on one node. */
export async function metricsOf(
  testEnv: TestEnvironment,
  component: string,
  node: string,
  port: number,
): Promise<string> {
  const [pod] = await componentPods(testEnv, component, node);
  const name = pod?.metadata?.name;
  if (name === undefined) throw new Error(`no ${component} pod on ${node}`);
  return testEnv.fetchFromPod({ namespace: testEnv.namespace, name }, port, '/metrics');
}

/** The value of the first series that starts with `series`, labels included as far as given. */
export function sample(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name}{`) && !line.startsWith(`${name} `)) continue;
    if (Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)))
      return Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return undefined;
}

/** Nodes that were given NICs. */
export function nicNodes(testEnv: TestEnvironment): TestNode[] {
  return testEnv.nodes.filter((node) => node.nics.count > 0);
}

/** The first node with NICs. */
export function aNicNode(testEnv: TestEnvironment): TestNode {
  const [node] = nicNodes(testEnv);
  if (node === undefined) throw new Error('this test environment has no node with a NIC');
  return node;
}
