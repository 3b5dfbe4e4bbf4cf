import {
  aidaptivCaches,
  type PhisonDeviceOperator,
  type PhisonDeviceOperatorStatus,
  phisonDeviceOperators,
} from '@rackwright/api';
import { aidaptivCache, nvmeMetric } from '@rackwright/keys';
import { ignoreNotFound, resources } from '@rackwright/kube';
import { accountReport, formatDenied, formatGrant, readAuditLog, readRbac } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driveNode } from './drives.ts';
import { familyAccounts, familyNamespace, installFamilyChart, namesOf, noPlugin } from './family-chart.ts';

const namespace = familyNamespace;
const key = { namespace, name: 'phisondeviceoperator-sample' };

const sample = {
  ...{ apiVersion: 'operators.phison.com/v1alpha1', kind: 'PhisonDeviceOperator', metadata: key },
  spec: {
    servicename: 'aidaptivcache-service',
    serviceport: [{ name: 'handshake', port: 8443 }],
    plugins: [
      {
        ...{ pluginname: 'phison-device-plugin', pluginnamespace: namespace },
        pluginspec: {
          hostPID: true,
          containers: [{ name: 'plugin', image: noPlugin, args: ['-m', '/mnt/nvme0'] }],
        },
      },
      { pluginname: 'phison-monitor', pluginnamespace: namespace, pluginspec: {} },
    ],
  },
};

export const olderOperator: readonly Case[] = [
  {
    name: 'a PhisonDeviceOperator of the older operator is rolled out, its exporter is known to the operator, and both go with it',
    only: 'simulated',
    deadlineMs: 180_000,
    async run(testEnv) {
      await installFamilyChart(testEnv, ['aidaptivCache.create=false', 'pnd.enabled=false']);
      await testEnv.kube.create(phisonDeviceOperators, sample as unknown as PhisonDeviceOperator);
      await mirrored(testEnv);
      await handshaken(testEnv);
      await testEnv.kube.delete(phisonDeviceOperators, key);
      await eventually(testEnv, 'the AidaptivCache to be gone', async () => {
        return (
          (await ignoreNotFound(testEnv.kube.get(aidaptivCaches, { name: aidaptivCache.name }))) === undefined
        );
      });
      const left = await testEnv.kube.list(resources.daemonSets, { namespace });
      expectEqual('DaemonSets that are left', namesOf(left), []);
      await rightsAreThoseUsed(testEnv);
    },
  },
];

/** It tells what the AidaptivCache tells, and what of it nobody runs. */
async function mirrored(testEnv: TestEnvironment): Promise<void> {
  const status = await eventually(testEnv, 'the status of the AidaptivCache', async () => {
    const found: PhisonDeviceOperatorStatus =
      (await testEnv.kube.get(phisonDeviceOperators, key)).status ?? {};
    const { status: of } = await testEnv.kube.get(aidaptivCaches, { name: aidaptivCache.name });
    return found.phase !== undefined && found.phase === of?.phase ? found : undefined;
  });
  const conditions = (status.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`);
  expectEqual('conditions', conditions, ['Accepted Accepted', 'Unsupported UnsupportedPlugin']);
  const { spec } = await testEnv.kube.get(aidaptivCaches, { name: aidaptivCache.name });
  expectEqual('image', spec.devicePlugin.image, noPlugin);
  expectEqual('arguments', spec.devicePlugin.arguments, ['-m', '/mnt/nvme0']);
}

/** The exporter says that it was taken, and the operator that it took it. */
async function handshaken(testEnv: TestEnvironment): Promise<void> {
  await eventually(
    testEnv,
    'the exporter to have made a handshake',
    async () => {
      const text = await testEnv.fetchFromPod(await podOf(testEnv, 'nvme-exporter'), 9299, '/metrics');
      expectThat('the handshake is told of', text.includes(nvmeMetric.handshakeUp), text);
      return text.includes(`\n${nvmeMetric.handshakeUp} 1\n`);
    },
    { deadlineMs: 90_000 },
  );
  const operator = await podOf(testEnv, 'operator-manager');
  const text = await testEnv.fetchFromPod(operator, 8443, '/metrics');
  expectThat('its node is known', text.includes(`{node="${driveNode}",`), text);
}

async function podOf(testEnv: TestEnvironment, container: string) {
  const { items } = await testEnv.kube.list(resources.pods, { namespace });
  const pod = items.find(({ spec }) =>
    spec?.containers.some(({ name, image: of }) => name === container || of?.includes(`/${container}:`)),
  );
  const name = pod?.metadata?.name;
  if (name === undefined) throw new Error(`no pod of ${container}`);
  return { namespace, name };
}

/** Nothing was denied, and of what these two need no right stayed unused. */
async function rightsAreThoseUsed(testEnv: TestEnvironment): Promise<void> {
  const user = familyAccounts.operator;
  const [events, rbac] = await Promise.all([readAuditLog(testEnv.auditLog), readRbac(testEnv.kube)]);
  const report = accountReport(user, events, rbac);
  expectEqual('denied', report.denied.map(formatDenied), []);
  const needed = /^\S+ (tokenreviews|secrets|configmaps|phisondeviceoperators|aidaptivcaches)\b/;
  const unused = report.unused.map(formatGrant).filter((grant) => needed.test(grant));
  expectEqual('unused', unused, []);
}
