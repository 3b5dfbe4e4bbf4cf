import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { aNicNode, deviceOf, eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';

export const helmTestPasses: Case = {
  name: 'helm test --logs passes and shows its table, with Helm 3 and 4',
  deadlineMs: 300_000,
  async run(testEnv) {
    for (const helm of [testEnv.helm, testEnv.helm4]) {
      const outcome = await helm(
        'test',
        'rackwright',
        '--namespace',
        testEnv.namespace,
        '--logs',
        '--timeout=2m',
      );
      expectEqual(`helm test: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
      expectThat('a test ran', /Phase:\s+Succeeded/.test(outcome.stdout), outcome.stdout);
      expectThat('the table', /CHECK +OK +MESSAGE\n/.test(outcome.stdout), outcome.stdout);
      expectThat(
        'all NICs are in it',
        /CXIDevices +yes +all \d+ Healthy/.test(outcome.stdout),
        outcome.stdout,
      );
    }
    await deleteTestPod(testEnv);
  },
};

export const helmTestFails: Case = {
  name: 'helm test --logs fails while a NIC is out, and names it',
  deadlineMs: 180_000,
  // Helm waits for its pod alike on every node.
  only: 'simulated',
  async run(testEnv) {
    const node = aNicNode(testEnv);
    const [device = ''] = node.host.hardware.cxi.nics();
    const named = new RegExp(`CXIDevice ${node.name}-${device} +NO +on node ${node.name}: Unhealthy`);
    await node.host.hardware.cxi.setLink(device, 'down');
    try {
      await eventually(testEnv, `${device} to be Unhealthy`, async () => {
        expectEqual(
          'health',
          (await deviceOf(testEnv, node.name, device))?.status?.health?.status,
          'Unhealthy',
        );
        return true;
      });
      const outcome = await testEnv.helm(
        ...['test', 'rackwright', '--namespace', testEnv.namespace, '--logs', '--timeout=20s'],
      );
      expectThat('it fails', outcome.code !== 0, outcome.stdout);
      expectThat('the table names the NIC', named.test(outcome.stdout), outcome);
    } finally {
      await node.host.hardware.cxi.setLink(device, 'up');
    }
    await deleteTestPod(testEnv);
    await eventually(testEnv, `${device} to be Healthy`, async () => {
      expectEqual('health', (await deviceOf(testEnv, node.name, device))?.status?.health?.status, 'Healthy');
      return true;
    });
  },
};

/** Helm leaves the pod of a test for its logs. */
async function deleteTestPod(testEnv: TestEnvironment): Promise<void> {
  const labels = 'app.kubernetes.io/component=verify';
  const outcome = await testEnv.kubectl(
    ...['delete', 'pod', '--namespace', testEnv.namespace, '--selector', labels],
  );
  expectEqual(outcome.stderr, outcome.code, 0);
}
