import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubernetes } from '@rackwright/keys';
import type { PodSpec } from '@rackwright/kube';
import { cxi } from '@rackwright/registry';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import {
  chartFolder,
  helmTemplate,
  objectsOf,
  podOf,
  type Rendered,
  renderChart,
} from '../../render-chart.ts';
import type { TestEnvironment } from '../../test-environment.ts';

function placementOf(pod: PodSpec): object {
  const { imagePullSecrets, priorityClassName, nodeSelector, tolerations, affinity } = pod;
  return { imagePullSecrets, priorityClassName, nodeSelector, tolerations, affinity };
}

/** What every pod asks of its node: a kubelet. */
const noVirtualNodes = Object.entries<readonly string[]>(kubernetes.virtualNodeLabels).map(([key, values]) =>
  values.length === 0 ? { key, operator: 'DoesNotExist' } : { key, operator: 'NotIn', values },
);

const agentCharts: readonly string[] = cxi.apps.map(({ name }) => name);

const both = /one of maxSurge \(\S+\) and maxUnavailable \(\S+\) has to be 0 and the other must not be/;

/** Chart, its updateStrategy.rollingUpdate, and what becomes of it or how it is refused. */
const widths: readonly (readonly [string, object, object | RegExp])[] = [
  ...['driver-agent', 'cxi-metrics-exporter'].map(
    (chart) => [chart, {}, { maxSurge: 0, maxUnavailable: 1 }] as const,
  ),
  ['retry-handler', {}, { maxSurge: 0, maxUnavailable: 1 }],
  ['cxi-device-plugin', {}, { maxSurge: 1, maxUnavailable: 0 }],
  ...agentCharts.flatMap((chart) => [
    [chart, { maxUnavailable: 2 }, { maxSurge: 0, maxUnavailable: 2 }] as const,
    [chart, { maxUnavailable: '10%' }, { maxSurge: 0, maxUnavailable: '10%' }] as const,
    [chart, { maxUnavailable: 'some' }, /maxUnavailable.*does not match/] as const,
  ]),
  ...['driver-agent', 'cxi-metrics-exporter', 'cxi-device-plugin'].flatMap((chart) => [
    [chart, { maxSurge: '10%' }, { maxSurge: '10%', maxUnavailable: 0 }] as const,
    [chart, { maxSurge: 1, maxUnavailable: 1 }, both] as const,
    [chart, { maxSurge: 0, maxUnavailable: '0%' }, both] as const,
  ]),
  ['retry-handler', { maxSurge: 1 }, /'maxSurge' not allowed/],
];

/** Images the operator of these pods starts its agents from, by their flag. */
function agentImages(pod: PodSpec): Record<string, string> {
  const flags = pod.containers[0]?.args?.filter((arg) => /^--[a-z-]+-image=/.test(arg)) ?? [];
  return Object.fromEntries(flags.map((flag) => flag.slice('--'.length).split('=') as [string, string]));
}

/** Those that are among others: an installation may have controllers that are off by default. */
function ofThese(those: Record<string, string>, images: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(images).filter(([flag]) => flag in those));
}

/** The umbrella chart as a later release would ship it, with another version of the driver agent. */
async function laterRelease(folder: string): Promise<string> {
  await cp(chartFolder('rackwright'), folder, { recursive: true });
  const versions = join(folder, 'charts/operator-manager/files/agent-versions.yaml');
  const text = await readFile(versions, 'utf8');
  await writeFile(versions, text.replace(/^driver-agent: .*$/m, 'driver-agent: 9.9.9'));
  return folder;
}

/** Images of the agents after an upgrade to `chart` that keeps the values, which is not done. */
async function imagesAfterUpgrade(
  testEnv: TestEnvironment,
  chart: string,
  ...set: string[]
): Promise<Record<string, string>> {
  const words = ['upgrade', 'rackwright', chart, '--namespace', testEnv.namespace];
  const outcome = await testEnv.helm(...words, '--reuse-values', '--dry-run=client', '--output=json', ...set);
  expectEqual(`helm upgrade: ${outcome.stderr}`, outcome.code, 0);
  const { manifest } = JSON.parse(outcome.stdout) as { manifest: string };
  const isManager = ({ metadata }: Rendered): boolean =>
    metadata?.name?.includes('operator-manager') === true;
  return agentImages(podOf(objectsOf(manifest).filter(isManager), 'Deployment'));
}

/** What the values of the charts come to, rendered by Helm. */
export const chartValues: readonly Case[] = [
  {
    name: "the pods of Helm's hooks run where the operator does and pull with its secrets",
    // No node takes part.
    only: 'simulated',
    async run(testEnv) {
      const own = {
        priorityClassName: 'infra',
        nodeSelector: { pool: 'infra' },
        tolerations: [{ operator: 'Exists' }],
        affinity: { podAntiAffinity: {} },
      };
      const objects = await renderChart(testEnv, 'rackwright', {
        global: { imagePullSecrets: [{ name: 'registry' }] },
        'operator-manager': { ...own, imagePullSecrets: [{ name: 'own' }] },
      });
      const operator = podOf(objects, 'Deployment');
      const expected = {
        ...own,
        affinity: operator.affinity,
        imagePullSecrets: [{ name: 'registry' }, { name: 'own' }],
      };
      expectEqual('affinity', operator.affinity?.podAntiAffinity, {});
      expectEqual('the operator', placementOf(operator), expected);
      const jobs = objects.filter(({ kind }) => kind === 'Job');
      expectThat('there are jobs of hooks', jobs.length > 0, jobs);
      for (const job of jobs)
        expectEqual(`the job ${job.metadata?.name}`, placementOf(podOf([job], 'Job')), expected);
      expectEqual('helm test', placementOf(podOf(objects, 'Pod')), expected);
    },
  },
  {
    name: 'every pod is held to nodes its image exists for, beside what the values ask of nodes',
    // No node takes part.
    only: 'simulated',
    async run(testEnv) {
      const key = 'kubernetes.io/arch';
      const affinity = (terms: readonly object[]): object => ({
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
      });
      const zone = (name: string): object => ({ key: 'zone', operator: 'In', values: [name] });
      const given = affinity([{ matchExpressions: [zone('a')] }, { matchExpressions: [zone('b')] }]);
      for (const chart of ['operator-manager', ...agentCharts]) {
        const kind = chart === 'operator-manager' ? 'Deployment' : 'DaemonSet';
        const affinityOf = async (values: object): Promise<unknown> =>
          podOf(await renderChart(testEnv, chart, values), kind).affinity;
        const amd64 = { key, operator: 'In', values: ['amd64'] };
        const byDefault = affinity([{ matchExpressions: [amd64, ...noVirtualNodes] }]);
        expectEqual(`${chart} by default`, await affinityOf({}), byDefault);
        expectEqual(
          `${chart} with an affinity and global architectures`,
          await affinityOf({ affinity: given, global: { architectures: ['arm64'] } }),
          affinity(
            ['a', 'b'].map((name) => ({
              matchExpressions: [zone(name), { key, operator: 'In', values: ['arm64'] }, ...noVirtualNodes],
            })),
          ),
        );
        const anywhere = { architectures: [], nodeSelector: { type: 'kwok' } };
        expectEqual(
          `${chart} on nodes of any architecture, and on simulated ones`,
          await affinityOf(anywhere),
          affinity([{ matchExpressions: noVirtualNodes.slice(1) }]),
        );
      }
    },
  },
  {
    name: 'helm upgrade --reuse-values brings the agents of the new chart, unless a tag was chosen',
    async run(testEnv) {
      const folder = await mkdtemp(join(tmpdir(), 'rackwright-charts-'));
      try {
        const chart = await laterRelease(folder);
        const now = agentImages(podOf(await renderChart(testEnv, 'rackwright'), 'Deployment'));
        expectEqual('images after the upgrade', ofThese(now, await imagesAfterUpgrade(testEnv, chart)), {
          ...now,
          'driver-agent-image': 'ghcr.io/rackwright/driver-agent:9.9.9',
        });
        const chosen = ['--set', 'operator-manager.agents.driverAgent.tag=chosen'];
        const withChosen = ofThese(now, await imagesAfterUpgrade(testEnv, chart, ...chosen));
        expectEqual('images with a tag of its own', withChosen, {
          ...now,
          'driver-agent-image': 'ghcr.io/rackwright/driver-agent:chosen',
        });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  },
  {
    name: "the API server takes every width of a rollout that an agent's own chart lets through",
    // No node takes part.
    only: 'simulated',
    async run(testEnv) {
      for (const [chart, rollingUpdate, expected] of widths) {
        const what = `${chart} ${JSON.stringify(rollingUpdate)}`;
        const values = { updateStrategy: { type: 'RollingUpdate', rollingUpdate } };
        const outcome = await helmTemplate(testEnv, chart, values);
        if (expected instanceof RegExp) {
          expectThat(`${what} is refused`, outcome.code !== 0 && expected.test(outcome.stderr), outcome);
          continue;
        }
        expectEqual(`${what}: ${outcome.stderr}`, outcome.code, 0);
        const daemonSet = objectsOf(outcome.stdout).find(({ kind }) => kind === 'DaemonSet');
        expectEqual(what, daemonSet?.spec?.updateStrategy?.rollingUpdate, expected);
        const path = `/apis/apps/v1/namespaces/${testEnv.namespace}/daemonsets?dryRun=All`;
        await testEnv.kube.request('POST', path, { body: daemonSet });
      }
    },
  },
  {
    name: 'an SELinux type reaches every agent that is not privileged, and nonsense is refused',
    // No node takes part.
    only: 'simulated',
    async run(testEnv) {
      const global = { seLinuxOptions: { type: 'spc_t' } };
      for (const chart of agentCharts) {
        const typeOf = async (values: object): Promise<string | undefined> =>
          podOf(await renderChart(testEnv, chart, values), 'DaemonSet').securityContext?.seLinuxOptions?.type;
        const privileged = chart === 'retry-handler';
        expectEqual(`${chart} by default`, await typeOf({}), undefined);
        expectEqual(
          `${chart} with the global type`,
          await typeOf({ global }),
          privileged ? undefined : 'spc_t',
        );
        if (privileged) continue;
        const own = { seLinuxOptions: { type: 'container_device_plugin_t' } };
        expectEqual(`${chart} with a type`, await typeOf(own), 'container_device_plugin_t');
      }
      const flags = podOf(await renderChart(testEnv, 'rackwright', { global }), 'Deployment').containers[0]
        ?.args;
      expectThat('the operator is told', flags?.includes('--agent-selinux-type=spc_t') === true, flags);
      for (const chart of ['rackwright', 'driver-agent']) {
        const values = { global: { seLinuxOptions: { type: 'system_u:spc_t' } } };
        const outcome = await helmTemplate(testEnv, chart, values);
        expectThat(
          'a refusal',
          outcome.code !== 0 && /seLinuxOptions.type/.test(outcome.stderr.replaceAll('/', '.')),
          outcome,
        );
      }
    },
  },
];
