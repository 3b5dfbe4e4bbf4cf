import type { HostSpec } from '@rackwright/simulator';
import { demoNodes } from '@rackwright/testbed';
import { cxiInstall } from '../../../../apps/operator-manager/src/cxidriver/install.ts';
import { agentAccounts } from '../../agent-accounts.ts';
import { inLane } from '../../case.ts';
import type { Suite } from '../../suite.ts';
import { allocation } from './allocation.ts';
import { chartValues } from './chart-values.ts';
import { chartCases } from './charts.ts';
import { components } from './components.ts';
import { crds } from './crds.ts';
import { devices } from './devices.ts';
import { driverStatus } from './driver-status.ts';
import { exporter } from './exporter.ts';
import { faults } from './faults.ts';
import { helmTestFails, helmTestPasses } from './helm-tests.ts';
import { independentClient } from './independent-client.ts';
import { kubectl } from './kubectl.ts';
import { oneVerdict } from './one-verdict.ts';
import { outOfService } from './out-of-service.ts';
import { podSecurity } from './pod-security.ts';
import { realAgents } from './real-agents.ts';
import { realDevices } from './real-devices.ts';
import { realRestarts } from './real-restarts.ts';
import { realWeights } from './real-weights.ts';
import { refusals } from './refusals.ts';
import { removal } from './removal.ts';
import { removalOrders } from './removal-orders.ts';
import { retryHandler } from './retry-handler.ts';
import { rollouts } from './rollouts.ts';
import { secondInstallation } from './second-installation.ts';
import { silentDeviceLeft } from './silent-device.ts';
import { standaloneCharts } from './standalone-charts.ts';
import { workloads } from './workloads.ts';

/** Two NICs on each of two NUMA nodes, so that aligning them can be seen. */
const twoSided: HostSpec = {
  numaNodes: 2,
  nics: [0, 0, 1, 1].map((numaNode, i) => ({ generation: 2, numaNode, nid: 0x50 + i })),
};

const hosts = Object.fromEntries(demoNodes.map(({ name, host }) => [name, host]));

export const suite: Suite = {
  hosts: { ...hosts, 'node-c2': { ...hosts['node-c2'], ...twoSided } },
  // Three nodes need not be updated one after the other.
  values: ['cxi.driver.spec.updateStrategy.maxUnavailable=100%'],
  accounts: ({ driver }) => agentAccounts(cxiInstall.agents, (component) => `${driver}-${component}`),
  cases: [
    ...devices,
    ...workloads,
    ...exporter,
    ...retryHandler,
    ...kubectl,
    ...realWeights,
    ...independentClient,
    ...faults,
    ...refusals,
    ...components,
    ...driverStatus,
    ...allocation,
    ...outOfService,
    ...oneVerdict,
    ...podSecurity,
    ...realDevices,
    ...realRestarts,
    ...realAgents,
    ...rollouts,
    helmTestPasses,
    // Helm waits for its pod for 20 s; charts need no NIC that is well.
    ...inLane('test of Helm', helmTestFails),
    ...inLane('charts', ...chartCases, ...chartValues, ...standaloneCharts),
    ...crds,
  ],
  beside: inLane('agents of NICs', ...secondInstallation, silentDeviceLeft),
  removal: [...removal, ...removalOrders],
};
