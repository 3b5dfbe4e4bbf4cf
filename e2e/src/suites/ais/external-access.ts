import { type AIStore, aistores } from '@rackwright/api';
import { ais } from '@rackwright/keys';
import { resources, type Service } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { change, clusterObject, untilReady } from './cluster.ts';
import { ObjectClient } from './object-client.ts';

const objects = 200;
const targets = 2;

/** Switches external access of both roles; null takes a field away. */
function access(on: boolean): Partial<AIStore['spec']> {
  const externalAccess = on ? { annotations: { 'example.com/pool': 'storage' } } : null;
  return { proxySpec: { externalAccess }, targetSpec: { externalAccess } } as unknown as Partial<
    AIStore['spec']
  >;
}

export const externalAccess: Case = {
  name: 'weakness 17: an AIStore is reached from outside by one address for its proxies and one for each target, which can be switched off and on; an address that never comes is told with the name of its Service',
  deadlineMs: 600_000,
  long: true,
  async run(testEnv, record) {
    await CaseNamespace.use(testEnv, 'ais-outside', async (namespace) => {
      await namespace.apply(clusterObject('ais', 'local', { size: targets }));
      try {
        const { status } = await untilReady(testEnv, namespace, 'ais');
        const inside = status?.intraClusterURL ?? '';
        const client = await ObjectClient.start(namespace, inside);
        await client.put('images', objects);
        const look = (): Promise<Service[]> => balancersOf(testEnv, namespace);
        testEnv.loadBalancer.behave('refusing');
        try {
          await ask(testEnv, namespace, access(true));
          await untilPending(testEnv, namespace);
          expectEqual('objects meanwhile', await client.read('images', objects), objects);
        } finally {
          testEnv.loadBalancer.behave('prompt');
        }
        await untilReady(testEnv, namespace, 'ais');
        await outside(testEnv, namespace, { look, inside, record });
        await change(testEnv, namespace, 'ais', access(false));
        // Those of targets go with the last target that was sent there, and their finalizer takes its time.
        await eventually(testEnv, 'no load balancer once it is off', async () => {
          expectEqual('load balancers once it is off', (await look()).length, 0);
          return true;
        });
        expectEqual('objects from inside', await client.read('images', objects), objects);
        await change(testEnv, namespace, 'ais', access(true));
        expectEqual('load balancers once it is on again', (await look()).length, targets + 1);
        await change(testEnv, namespace, 'ais', { size: targets + 1 });
        expectEqual('load balancers with a target more', (await look()).length, targets + 2);
      } finally {
        await namespace.kubectl('delete', 'aistore', '--all', '--wait=false');
      }
    });
  },
};

interface Outside {
  readonly look: () => Promise<Service[]>;
  readonly inside: string;
  readonly record: (fact: string, value: unknown) => void;
}

/** A client that knows the proxies' address only, and is sent from there to those of targets. */
async function outside(
  _testEnv: TestEnvironment,
  namespace: CaseNamespace,
  { look, inside, record }: Outside,
): Promise<void> {
  const balancers = await look();
  const names = balancers.map(({ metadata }) => metadata?.name).sort();
  record('load balancers', names);
  expectEqual('load balancers', names, ['ais-proxy-lb', 'ais-target-0', 'ais-target-1']);
  for (const { metadata } of balancers)
    expectEqual('annotation', metadata?.annotations?.['example.com/pool'], 'storage');
  const ingress = balancers.find(({ metadata }) => metadata?.name === 'ais-proxy-lb')?.status?.loadBalancer;
  const client = await ObjectClient.start(namespace, `http://${ingress?.ingress?.[0]?.ip}:51080`, {
    name: 'outside',
  });
  await client.put('more', objects);
  expectEqual('objects from outside', await client.read('images', objects), objects);
  const { stdout } = await namespace.kubectl(
    ...[
      'exec',
      'outside',
      '--',
      '/usr/bin/node',
      '--eval',
      redirect,
      `${inside}/v1/objects/images/o-1?provider=ais`,
    ],
  );
  const addresses = balancers.map(({ status }) => status?.loadBalancer?.ingress?.[0]?.ip);
  expectEqual(`where ${stdout} is`, addresses.includes(stdout.trim()), true);
}

/** Prints the host to which a request is sent on. */
const redirect =
  "fetch(process.argv[1], { redirect: 'manual' }).then(({ headers }) => console.log(new URL(headers.get('location')).hostname))";

async function balancersOf(
  { kube }: TestEnvironment,
  { name: namespace }: CaseNamespace,
): Promise<Service[]> {
  const { items } = await kube.list(resources.services, { namespace });
  return items.filter(({ spec }) => spec?.type === 'LoadBalancer');
}

async function ask(
  { kube }: TestEnvironment,
  { name: namespace }: CaseNamespace,
  spec: Partial<AIStore['spec']>,
): Promise<void> {
  await kube.patch(aistores, { namespace, name: 'ais' }, { spec }, { strategy: 'merge' });
}

function untilPending(testEnv: TestEnvironment, { name: namespace }: CaseNamespace): Promise<unknown> {
  return eventually(testEnv, 'the condition to tell which Service has no address', async () => {
    const { status } = await testEnv.kube.get(aistores, { namespace, name: 'ais' });
    const ready = status?.conditions?.find(({ type }) => type === ais.condition.ready);
    const tells = /waiting for an address of Service ais-proxy-lb, ais-target-0, ais-target-1/;
    if (status?.state === ais.state.pendingLoadBalancer && tells.test(ready?.message ?? '')) return true;
    throw new Error(`it is ${status?.state}: ${ready?.reason}: ${ready?.message}`);
  });
}
