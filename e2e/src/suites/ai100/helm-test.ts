import { ai100 } from '@rackwright/keys';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driveHost, driveNode } from './drives.ts';
import { familyNamespace, installFamilyChart, quickValues, testFamilyChart } from './family-chart.ts';
import { untilCondition } from './node-report.ts';

/** It stays installed, for the case that takes it away again. */
export const helmTest: Case = {
  name: "helm test --logs of the AI100 family's chart passes and shows its table, and fails while a drive is dead, with its node and why",
  only: 'simulated',
  deadlineMs: 300_000,
  async run(testEnv) {
    await installFamilyChart(testEnv, quickValues);
    await untilCondition(testEnv, ai100.condition.cacheReady, 'True');
    const passed = await testFamilyChart(testEnv, '2m');
    expectEqual(`helm test: ${passed.stdout}${passed.stderr}`, passed.code, 0);
    for (const line of [
      /^Phase: +Succeeded$/m,
      /^CHECK +OK +MESSAGE$/m,
      /^AidaptivCache default +yes +\w+: /m,
      /^DaemonSet \S*device-plugin +yes +1 of 1 pods ready$/m,
      /^DaemonSet \S*exporter +yes +1 of 1 pods ready$/m,
      /^AidaptivCacheNodes +yes +none of 1 unhealthy$/m,
    ])
      expectThat(`a line ${line}`, line.test(passed.stdout), passed.stdout);
    await failsWithDeadDrive(testEnv);
  },
};

async function failsWithDeadDrive(testEnv: TestEnvironment): Promise<void> {
  const { nvme } = driveHost(testEnv).hardware;
  const [drive = ''] = nvme.names();
  const { serial } = nvme.controller(drive);
  nvme.setState(drive, 'dead');
  try {
    await untilCondition(testEnv, ai100.condition.devicesHealthy, 'False', serial);
    const { code, stdout, stderr } = await testFamilyChart(testEnv, '20s');
    expectEqual(`helm test: ${stdout}${stderr}`, code, 1);
    const line = new RegExp(`^AidaptivCacheNode ${driveNode} +NO +DeviceUnhealthy: \\S`, 'm');
    expectThat('the table names the node and why', line.test(stdout), stdout);
  } finally {
    nvme.setState(drive, 'live');
    const labels = 'app.kubernetes.io/component=verify';
    await testEnv.kubectl('delete', 'pod', '--namespace', familyNamespace, '--selector', labels);
  }
}
