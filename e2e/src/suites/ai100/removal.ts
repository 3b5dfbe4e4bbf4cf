import { existsSync } from 'node:fs';
import { aidaptivCacheNodes, aidaptivCaches } from '@rackwright/api';
import { HostFiles } from '@rackwright/host';
import { ai100, aidaptivCache, discovery, kubernetes } from '@rackwright/keys';
import { type KubeObject, resources } from '@rackwright/kube';
import { hostMounts, mountAt } from '@rackwright/storage';
import { readAuditLog } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { untilUnits } from './cache.ts';
import { driveHost, driveNode, pluginPod } from './drives.ts';
import {
  familyAccounts,
  familyNamespace,
  installFamilyChart,
  namesOf,
  quickValues,
  uninstallFamilyChart,
} from './family-chart.ts';

const hostPath = '/mnt/nvme0';
/** Those node-discovery writes. */
const ofDrives: readonly string[] = Object.values(discovery.label.ai100);

/** Data is nobody's to take away with a release (spec ai100 §1.8). */
export const cacheStays: Case = {
  name: 'helm uninstall takes the AI100 plugin away, and leaves the cache mounted as it is',
  only: 'simulated',
  async run(testEnv) {
    const { namespace, kube } = testEnv;
    if ((await pluginPod(testEnv)) !== undefined) await untilUnits(testEnv, 2);
    await testEnv.rights.note(testEnv);
    const words = ['rackwright', '--namespace', namespace, '--ignore-not-found'];
    const gone = await testEnv.helm('uninstall', ...words);
    expectEqual(`helm uninstall: ${gone.stderr}`, gone.code, 0);
    await eventually(testEnv, 'the plugin to be gone', async () => (await pluginPod(testEnv)) === undefined);
    const { root } = driveHost(testEnv);
    const mount = mountAt(hostMounts(new HostFiles(root)), hostPath);
    expectEqual('the mount', [mount?.fsType, mount?.options.includes('rw')], ['xfs', true]);
    expectThat(
      'the plan of the cache is kept',
      existsSync(root.path('/var/lib/ai100/plan.json')),
      root.prefix,
    );
    const { metadata } = await kube.get(resources.nodes, { name: driveNode });
    const left = Object.keys(metadata?.labels ?? {}).filter((key) => ofDrives.includes(key));
    expectEqual('labels of drives', left, []);
  },
};

/** Taints of others: one for the node with drives, which the values name, and one for all others, which they do not. */
const dedicated = 'example.com/dedicated=ai100:NoExecute';
const forOthers = 'example.com/others:NoSchedule';
const values = [
  ...quickValues,
  'operator.tolerations[0].key=example.com/dedicated',
  'operator.tolerations[0].operator=Exists',
];

/** After the operator is gone a job does what it would. */
export const nodesAreCleared: Case = {
  name: "helm uninstall of the AI100 family's chart, whose agents run on a tainted node, takes labels, conditions, taints and reports away, and leaves the cache mounted",
  only: 'simulated',
  deadlineMs: 300_000,
  async run(testEnv) {
    const { nvme } = driveHost(testEnv).hardware;
    const [drive = ''] = nvme.names();
    nvme.setState(drive, 'dead');
    await taint(testEnv, '');
    try {
      await installFamilyChart(testEnv, values);
      await eventually(testEnv, 'the node to be marked as unhealthy', async () => {
        const marks = await marksOf(testEnv);
        expectEqual('taints', marks.taints, [aidaptivCache.taint]);
        expectEqual('conditions', marks.conditions, Object.values(aidaptivCache.nodeCondition));
        return marks.labels.includes(aidaptivCache.healthLabel);
      });
      await agentsComeBack(testEnv);
      const mountedBefore = mountedCache(testEnv);
      await uninstallFamilyChart(testEnv);
      expectEqual('marks of the node', await marksOf(testEnv), { labels: [], conditions: [], taints: [] });
      const { kube } = testEnv;
      for (const type of [aidaptivCaches, aidaptivCacheNodes])
        expectEqual(type.plural, namesOf(await kube.list<KubeObject>(type)), []);
      const labelSelector = `${kubernetes.label.managedBy}=${aidaptivCache.managedBy}`;
      const bindings = await kube.list(resources.clusterRoleBindings, { labelSelector });
      expectEqual('bindings', namesOf(bindings), []);
      expectEqual('the mount', mountedCache(testEnv), mountedBefore);
      expectThat('there is one', mountedBefore !== undefined, mountedBefore);
      await nothingWasDenied(testEnv);
    } finally {
      nvme.setState(drive, 'live');
      await taint(testEnv, '-');
    }
  },
};

/** Puts the taints of others on all nodes; `-` takes them off. */
async function taint({ kubectl, nodes }: TestEnvironment, off: '' | '-'): Promise<void> {
  for (const { name } of nodes) {
    const which = name === driveNode ? dedicated : forOthers;
    const { code, stderr } = await kubectl('taint', 'node', name, `${which}${off}`);
    expectEqual(`kubectl taint: ${stderr}`, code, 0);
  }
}

/** Plugin and exporter that go are made again where they were, beside all taints. */
async function agentsComeBack(testEnv: TestEnvironment): Promise<void> {
  const expected = [ai100.component.devicePlugin, ai100.component.exporter].sort();
  const before = await eventually(testEnv, 'the agents on the tainted node', async () => {
    const found = await agentsOf(testEnv);
    expectEqual('agents', [...found.keys()], expected);
    return found;
  });
  for (const { name } of before.values())
    await testEnv.kube.delete(resources.pods, { namespace: familyNamespace, name });
  await eventually(testEnv, 'the agents to be back', async () => {
    const now = await agentsOf(testEnv);
    return [...before].every(([component, { name }]) => {
      const agent = now.get(component);
      return agent?.ready === true && agent.name !== name;
    });
  });
}

/** The pods on the node with drives that the operator has rolled out, by their component. */
async function agentsOf({ kube }: TestEnvironment) {
  const { label } = kubernetes;
  const labelSelector = `${label.managedBy}=${aidaptivCache.managedBy}`;
  const { items } = await kube.list(resources.pods, { namespace: familyNamespace, labelSelector });
  const agents = items.flatMap(({ metadata, spec, status }) => {
    if (spec?.nodeName !== driveNode || metadata?.deletionTimestamp !== undefined) return [];
    const ready = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
    return [[metadata?.labels?.[label.component] ?? '', { name: metadata?.name ?? '', ready }] as const];
  });
  return new Map(agents.sort());
}

function mountedCache(testEnv: TestEnvironment) {
  return mountAt(hostMounts(new HostFiles(driveHost(testEnv).root)), hostPath);
}

/** What the family has on the node with drives. */
async function marksOf({ kube }: TestEnvironment) {
  const { metadata, spec, status } = await kube.get(resources.nodes, { name: driveNode });
  const ours: readonly string[] = Object.values(aidaptivCache.nodeCondition);
  return {
    labels: Object.keys(metadata?.labels ?? {}).filter((key) => key.startsWith('phison.com/ai100')),
    conditions: (status?.conditions ?? []).map(({ type }) => type).filter((type) => ours.includes(type)),
    taints: (spec?.taints ?? []).map(({ key }) => key).filter((key) => key === aidaptivCache.taint),
  };
}

/** The job asked for things, and got them all. */
async function nothingWasDenied({ auditLog }: TestEnvironment): Promise<void> {
  const asked = (await readAuditLog(auditLog)).filter(({ user }) => user === familyAccounts.removal);
  const refused = asked.filter(({ authorized, code = 0 }) => !authorized || code === 422);
  expectEqual(
    'denied',
    refused.map(({ verb, path, message }) => [verb, path, message]),
    [],
  );
  expectThat(
    'it took the finalizer',
    asked.some(({ verb, resource }) => verb === 'patch' && resource === aidaptivCaches.plural),
    asked,
  );
}
