import { cxiDrivers } from '@rackwright/api';
import { cxi, cxiEvent, driverAgent } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { expectEqual, expectThat } from '../../expect.ts';
import { componentPods, deviceOf, driverCondition, eventually, resourceOf } from '../../observe.ts';
import type { TestEnvironment, TestNode } from '../../test-environment.ts';

/** One fault, what a user expects to see and how soon, and what heals it. */
export interface FaultRow {
  readonly fault: string;
  readonly expected: string;
  /** Time limit for the expected state, and again for recovery, in milliseconds. */
  readonly withinMs: number;
  /** Injects the fault and returns what heals it. */
  inject(testEnv: TestEnvironment, node: TestNode, device: string): Promise<Heal>;
  /** Throws while the expected state is not there. */
  seen(testEnv: TestEnvironment, node: TestNode, device: string, before: Before): Promise<void>;
}

/** Takes a fault back. */
type Heal = () => Promise<void>;

const healsItself: Heal = async () => undefined;

/** What was true before the fault, to compare with. */
export interface Before {
  readonly allocatable: number;
  readonly healthy: number;
}

const unhealthy = async (testEnv: TestEnvironment, node: TestNode, device: string): Promise<void> => {
  const found = await deviceOf(testEnv, node.name, device);
  expectEqual('health of the CXIDevice', found?.status?.health?.status, 'Unhealthy');
};

const fewer = async (testEnv: TestEnvironment, node: TestNode, before: Before): Promise<void> => {
  const { allocatable } = await resourceOf(testEnv, node.name, cxi.resource.cxi);
  expectEqual('allocatable went down', allocatable < before.allocatable, true);
};

const warned = async (testEnv: TestEnvironment, device: string, reason: string): Promise<void> => {
  const { items } = await testEnv.kube.list(resources.events, { namespace: 'default' });
  const found = items.some(
    (event) => event.type === 'Warning' && event.reason === reason && event.regarding?.name?.endsWith(device),
  );
  expectEqual(`Warning event ${reason}`, found, true);
};

/** Every file a Cassini 1 tells its link state in. */
const linkFiles = ['properties/link', 'port/link'] as const;

async function restore(
  node: TestNode,
  device: string,
  saved: readonly (readonly [string, string])[],
): Promise<void> {
  for (const [file, content] of saved) await node.host.hardware.cxi.write(device, file, content);
}

/** Every fault of the simulated hardware and of the cluster around it. */
export const faultTable: readonly FaultRow[] = [
  {
    fault: 'NIC unplugged',
    expected: 'CXIDevice Unhealthy, allocatable down, Warning event',
    withinMs: 10_000,
    async inject(_, node, device) {
      const { spec } = node.host.hardware.cxi.nic(device);
      await node.host.hardware.cxi.unplug(device);
      return async () => void (await node.host.hardware.cxi.plug({ ...spec, name: device }));
    },
    async seen(testEnv, node, device, before) {
      await unhealthy(testEnv, node, device);
      await fewer(testEnv, node, before);
      await warned(testEnv, device, cxiEvent.deviceUnhealthy);
    },
  },
  {
    fault: 'link down',
    expected: 'CXIDevice Unhealthy with linkState down, allocatable down',
    withinMs: 10_000,
    async inject(_, node, device) {
      await node.host.hardware.cxi.setLink(device, 'down');
      return () => node.host.hardware.cxi.setLink(device, 'up');
    },
    async seen(testEnv, node, device, before) {
      await unhealthy(testEnv, node, device);
      expectEqual('link', (await deviceOf(testEnv, node.name, device))?.status?.linkState, 'down');
      await fewer(testEnv, node, before);
    },
  },
  {
    fault: 'link flapping 10 times in 2 s',
    expected: 'CXIDevice settles Healthy again, allocatable as before',
    withinMs: 15_000,
    async inject(testEnv, node, device) {
      for (let i = 0; i < 10; i++) {
        await node.host.hardware.cxi.setLink(device, i % 2 === 0 ? 'down' : 'up');
        await testEnv.clock.sleep(200, testEnv.signal);
      }
      return healsItself;
    },
    async seen(testEnv, node, device, before) {
      expectEqual('health', (await deviceOf(testEnv, node.name, device))?.status?.health?.status, 'Healthy');
      expectEqual(
        'allocatable',
        (await resourceOf(testEnv, node.name, cxi.resource.cxi)).allocatable,
        before.allocatable,
      );
    },
  },
  {
    fault: 'sysfs files missing',
    expected: 'CXIDevice stays, link unknown, not Healthy',
    withinMs: 10_000,
    async inject(_, node, device) {
      const saved = linkFiles.map((file) => [file, node.host.hardware.cxi.read(device, file)] as const);
      for (const file of linkFiles) await node.host.hardware.cxi.remove(device, file);
      return () => restore(node, device, saved);
    },
    async seen(testEnv, node, device) {
      const found = await deviceOf(testEnv, node.name, device);
      expectEqual('link', found?.status?.linkState, 'unknown');
      expectEqual('not healthy', found?.status?.health?.status === 'Healthy', false);
    },
  },
  {
    fault: 'sysfs files with garbage',
    expected: 'CXIDevice stays, link unknown, agents keep running',
    withinMs: 10_000,
    async inject(_, node, device) {
      const saved = linkFiles.map((file) => [file, node.host.hardware.cxi.read(device, file)] as const);
      for (const file of linkFiles)
        await node.host.hardware.cxi.write(device, file, '\u0000\u0007garbage\n'.repeat(100));
      return () => restore(node, device, saved);
    },
    async seen(testEnv, node, device) {
      expectEqual('link', (await deviceOf(testEnv, node.name, device))?.status?.linkState, 'unknown');
      const pods = await componentPods(testEnv, cxi.component.driverAgent, node.name);
      expectEqual('restarts', pods[0]?.status?.containerStatuses?.[0]?.restartCount, 0);
    },
  },
  {
    fault: 'cxi_rh killed',
    expected: 'CXIDevice no longer Healthy, Warning event, no restart under traffic',
    withinMs: 15_000,
    async inject(testEnv, node, device) {
      await node.host.hardware.cxi.killRetryHandler(device);
      // HPE asks for a reboot after this; a NIC that goes and comes back is as new to the supervisor.
      return async () => {
        const { spec } = node.host.hardware.cxi.nic(device);
        await node.host.hardware.cxi.unplug(device);
        await eventually(testEnv, `${device} to be missed`, async () => {
          const found = await deviceOf(testEnv, node.name, device);
          return found?.status?.health?.reason === driverAgent.healthReason.missing;
        });
        await node.host.hardware.cxi.plug({ ...spec, name: device });
      };
    },
    async seen(testEnv, node, device) {
      const found = await deviceOf(testEnv, node.name, device);
      expectEqual('not healthy', found?.status?.health?.status === 'Healthy', false);
      await warned(testEnv, device, cxiEvent.retryHandlerDied);
      const ready = await driverCondition(testEnv, 'Ready');
      expectEqual('Ready of the CXIDriver', [ready?.status, ready?.reason], ['False', 'RebootRequired']);
      expectThat(
        'it names the node',
        ready?.message.includes(`node ${node.name} must be rebooted`) === true,
        ready,
      );
      const { status } = await testEnv.kube.get(cxiDrivers, { name: testEnv.driver });
      expectEqual('failed nodes', status?.failed, 1);
    },
  },
  {
    fault: 'kubelet restarted',
    expected: 'plugin registered again, allocatable as before',
    withinMs: 10_000,
    async inject(_, node) {
      await node.restartKubelet();
      return healsItself;
    },
    async seen(testEnv, node, _, before) {
      expectEqual(
        'allocatable',
        (await resourceOf(testEnv, node.name, cxi.resource.cxi)).allocatable,
        before.allocatable,
      );
    },
  },
  {
    fault: 'API server away for 5 s while a link goes down',
    expected: 'the newest state is published after its return',
    withinMs: 30_000,
    async inject(testEnv, node, device) {
      await testEnv.stopApiServer();
      await node.host.hardware.cxi.setLink(device, 'down');
      await testEnv.clock.sleep(5000, testEnv.signal);
      await testEnv.startApiServer();
      return () => node.host.hardware.cxi.setLink(device, 'up');
    },
    async seen(testEnv, node, device, before) {
      await unhealthy(testEnv, node, device);
      await fewer(testEnv, node, before);
    },
  },
];

/** Whether the node is as it was before: every device healthy, everything allocatable. */
export async function asBefore(testEnv: TestEnvironment, node: TestNode, before: Before): Promise<void> {
  await eventually(
    testEnv,
    `${node.name} to be as before`,
    async () => {
      expectEqual(
        'allocatable',
        (await resourceOf(testEnv, node.name, cxi.resource.cxi)).allocatable,
        before.allocatable,
      );
      for (const device of node.host.hardware.cxi.nics()) {
        const found = await deviceOf(testEnv, node.name, device);
        expectEqual(`health of ${device}`, found?.status?.health?.status, 'Healthy');
      }
      return true;
    },
    { deadlineMs: 60_000 },
  );
}
