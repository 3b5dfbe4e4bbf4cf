import { cxiDrivers } from '@rackwright/api';
import { cxi, kubernetes, rackwright } from '@rackwright/keys';
import { type Pod, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { aNicNode, deviceOf, eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { untilDriverReady } from './driver.ts';

const other = 'second-system';
const operator = 'second-operator-manager';
const ours = `${kubernetes.label.managedBy}=${cxi.managedBy}`;

export const secondInstallation: readonly Case[] = [
  {
    name: 'a second installation stands by and says so; installed, tested and uninstalled it changes nothing',
    deadlineMs: 300_000,
    async run(testEnv, record) {
      const before = await agents(testEnv);
      await install(testEnv);
      await standsBy(testEnv);
      const [pod] = await operatorPods(testEnv);
      expectEqual('its pod is ready', isReady(pod), false);
      const tested = await testEnv.helm('test', 'second', '--namespace', other, '--timeout=90s');
      expectThat('helm test fails', tested.code !== 0, tested.stdout);
      const { stdout } = await testEnv.kubectl('logs', `${operator}-verify`, '--namespace', other);
      expectThat('and its pod says why', stdout.includes(sentence(testEnv)), stdout);
      expectEqual('agents', await agents(testEnv), before);
      expectEqual('agents on each node', perNode(before), everyAgentOnce(testEnv));
      await uninstall(testEnv);
      expectEqual('agents after its uninstall', await agents(testEnv), before);
      record('agents of two installations per node', Math.max(...Object.values(perNode(before))));
    },
  },
  {
    name: 'when the first installation is removed by force the second takes its agents over, and none of them restarts',
    // It takes more than a minute, and what decides is the operators and the API server.
    only: 'simulated',
    deadlineMs: 500_000,
    async run(testEnv) {
      const before = await agents(testEnv);
      await install(testEnv);
      await standsBy(testEnv);
      const name = 'rackwright-operator-manager';
      const gone = [
        'delete',
        `deployment/${name}`,
        `serviceaccount/${name}`,
        '--namespace',
        testEnv.namespace,
      ];
      await succeeds('kubectl delete', testEnv.kubectl(...gone));
      await untilClaimedBy(testEnv, `${other}/${operator}/`);
      await untilDriverReady(testEnv);
      await agentStillWrites(testEnv);
      expectEqual('agents after the takeover', await agents(testEnv), before);
      await handBack(testEnv, `${testEnv.namespace}/${name}`);
      expectEqual('agents after they were handed back', await agents(testEnv), before);
    },
  },
];

/** Their role came with the first installation; the second has given them its own. */
async function agentStillWrites(testEnv: TestEnvironment): Promise<void> {
  const { name, host } = aNicNode(testEnv);
  const [device = ''] = host.hardware.cxi.nics();
  for (const [link, health] of [
    ['down', 'Unhealthy'],
    ['up', 'Healthy'],
  ] as const) {
    await host.hardware.cxi.setLink(device, link);
    await eventually(testEnv, `${device} of ${name} to be ${health}`, async () => {
      const status = (await deviceOf(testEnv, name, device))?.status;
      return status?.health?.status === health;
    });
  }
}

/** The first is installed anew, gets the CXIDriver from a person, and the second goes. */
async function handBack(testEnv: TestEnvironment, first: string): Promise<void> {
  const upgrade = [
    'upgrade',
    'rackwright',
    testEnv.chart,
    '--namespace',
    testEnv.namespace,
    '--reuse-values',
  ];
  await succeeds('helm upgrade', testEnv.helm(...upgrade));
  const claim = `${rackwright.annotation.operator}=${first}`;
  const annotate = ['annotate', '--overwrite', `cxidriver/${testEnv.driver}`, claim];
  await succeeds('kubectl annotate', testEnv.kubectl(...annotate));
  // With the uid it adds, the first has taken it.
  await untilClaimedBy(testEnv, `${first}/`);
  await uninstall(testEnv);
  await succeeds('kubectl delete namespace', testEnv.kubectl('delete', 'namespace', other, '--timeout=60s'));
  await untilDriverReady(testEnv);
}

function sentence(testEnv: TestEnvironment): string {
  return `installation ${testEnv.namespace}/rackwright-operator-manager looks after CXIDrivers; this one stands by`;
}

async function succeeds(what: string, running: ReturnType<TestEnvironment['kubectl']>): Promise<void> {
  const { code, stdout, stderr } = await running;
  expectEqual(`${what}: ${stdout}${stderr}`, code, 0);
}

async function install(testEnv: TestEnvironment): Promise<void> {
  // Without the agents of other families, which would do their work a second time.
  const shared = testEnv.values.filter((value) => value.startsWith('global.'));
  const values = [...shared, 'cxi.driver.create=false'].flatMap((value) => ['--set', value]);
  const install = ['install', 'second', testEnv.chart, '--namespace', other, '--create-namespace'];
  await succeeds('helm install', testEnv.helm(...install, ...values));
}

async function uninstall(testEnv: TestEnvironment): Promise<void> {
  const args = ['uninstall', 'second', '--namespace', other, '--wait', '--timeout=2m'];
  await succeeds('helm uninstall', testEnv.helm(...args));
}

/** Waits for the event about its pod; the one about the CXIDriver is told beside it. */
async function standsBy(testEnv: TestEnvironment): Promise<void> {
  await eventually(
    testEnv,
    'the second to say that it stands by',
    async () => {
      const names = (await operatorPods(testEnv)).map(({ metadata }) => metadata?.name);
      const { items } = await testEnv.kube.list(resources.events, { namespace: other });
      return items.some(
        ({ reason, note, regarding }) =>
          reason === 'StandingBy' && note === sentence(testEnv) && names.includes(regarding?.name),
      );
    },
    { deadlineMs: 120_000 },
  );
}

/** Waits until the CXIDriver says that an installation looks after it, and its account's uid. */
async function untilClaimedBy(testEnv: TestEnvironment, start: string): Promise<void> {
  await eventually(
    testEnv,
    `the CXIDriver to be looked after by ${start}`,
    async () => {
      const { metadata } = await testEnv.kube.get(cxiDrivers, { name: testEnv.driver });
      const claim = metadata?.annotations?.[rackwright.annotation.operator] ?? '';
      expectThat('the claim', claim.startsWith(start), claim);
      return true;
    },
    { deadlineMs: 180_000 },
  );
}

async function operatorPods(testEnv: TestEnvironment): Promise<readonly Pod[]> {
  const labelSelector = `${kubernetes.label.name}=operator-manager`;
  return (await testEnv.kube.list(resources.pods, { namespace: other, labelSelector })).items;
}

function isReady(pod: Pod | undefined): boolean {
  return pod?.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

/** Every agent of the cluster, its containers and their restarts, and the processes of the retry handlers. */
async function agents(testEnv: TestEnvironment): Promise<string[]> {
  const { items } = await testEnv.kube.list(resources.pods, { labelSelector: ours });
  const pods = items.map(({ metadata, spec, status }) => {
    const [container] = status?.containerStatuses ?? [];
    const { containerID, restartCount } = container ?? {};
    return `${spec?.nodeName} ${metadata?.namespace}/${metadata?.name} ${containerID} ${restartCount}`;
  });
  const handlers = testEnv.nodes.flatMap(({ name, host }) =>
    host.hardware.cxi
      .nics()
      .map((device) => `${name} cxi_rh of ${device}: ${host.hardware.cxi.retryHandlerPid(device)}`),
  );
  return [...pods.sort(), ...handlers];
}

/** How many agents run on each node. */
function perNode(lines: readonly string[]): Record<string, number> {
  const nodes = lines.filter((line) => !line.includes('cxi_rh of')).map((line) => line.split(' ')[0] ?? '');
  return Object.fromEntries([...new Set(nodes)].map((node) => [node, count(nodes, node)]));
}

function count(nodes: readonly string[], node: string): number {
  return nodes.filter((name) => name === node).length;
}

function everyAgentOnce(testEnv: TestEnvironment): Record<string, number> {
  const each = Object.keys(cxi.component).length;
  return Object.fromEntries(testEnv.nodes.map(({ name }) => [name, each]));
}
