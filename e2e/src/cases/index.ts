import type { Case } from '../case.ts';
import { allocation } from './allocation.ts';
import { chartValues } from './chart-values.ts';
import { chartCases } from './charts.ts';
import { components } from './components.ts';
import { crds } from './crds.ts';
import { devices } from './devices.ts';
import { driverStatus } from './driver-status.ts';
import { exporter } from './exporter.ts';
import { faults } from './faults.ts';
import { independentClient } from './independent-client.ts';
import { kubectl } from './kubectl.ts';
import { network } from './network.ts';
import { outOfService } from './out-of-service.ts';
import { pipelines } from './pipelines.ts';
import { podSecurity } from './pod-security.ts';
import { realAgents } from './real-agents.ts';
import { realDevices } from './real-devices.ts';
import { realRestarts } from './real-restarts.ts';
import { realWeights } from './real-weights.ts';
import { refusals } from './refusals.ts';
import { removal } from './removal.ts';
import { removalOrders } from './removal-orders.ts';
import { retryHandler } from './retry-handler.ts';
import { rights } from './rights.ts';
import { rollouts } from './rollouts.ts';
import { secondInstallation } from './second-installation.ts';
import { standaloneCharts } from './standalone-charts.ts';
import { workloads } from './workloads.ts';

/** Every case, in the order they run: the last ones take the installation away. */
export const allCases: readonly Case[] = [
  ...devices,
  ...workloads,
  ...exporter,
  ...retryHandler,
  ...kubectl,
  ...network,
  ...realWeights,
  ...independentClient,
  ...faults,
  ...refusals,
  ...components,
  ...driverStatus,
  ...allocation,
  ...outOfService,
  ...podSecurity,
  ...realDevices,
  ...realRestarts,
  ...realAgents,
  ...rollouts,
  ...chartCases,
  ...chartValues,
  ...pipelines,
  ...standaloneCharts,
  ...crds,
  ...secondInstallation,
  ...removal,
  ...removalOrders,
  ...rights,
];
