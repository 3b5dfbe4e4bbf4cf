import { discovery } from '@rackwright/keys';
import { type Event, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment, TestNode } from '../../test-environment.ts';

const { label, annotation, nfdDomain, ownDomain } = discovery;

/** Every label of a node that node-discovery may write. */
export async function hardwareLabels(
  testEnv: TestEnvironment,
  node: string,
): Promise<Record<string, string>> {
  const { metadata } = await testEnv.kube.get(resources.nodes, { name: node });
  const entries = Object.entries(metadata?.labels ?? {});
  return Object.fromEntries(
    entries.filter(([key]) => key.startsWith(nfdDomain) || key.startsWith(ownDomain)),
  );
}

/** The labels of a node's NICs as they shall be. */
function nicLabels({ nics }: TestNode): Record<string, string> {
  if (nics.count === 0) return {};
  const [vendor, generation] = nics.generation === 1 ? ['17db', 'cassini1'] : ['1590', 'cassini2'];
  return {
    [label.cxi.present]: 'true',
    [label.cxi.count]: String(nics.count),
    [label.cxi.generation]: generation,
    [label.cxi.driverReady]: 'true',
    [label.pciPresent(vendor)]: 'true',
    [label.pciPresent('0200', vendor)]: 'true',
    [label.pciSriovCapable('0200', vendor)]: 'true',
  };
}

const isOfNics = (key: string): boolean => key.includes('cxi.') || /pci-(0200_)?(1590|17db)/.test(key);

async function nicLabelsOf(testEnv: TestEnvironment, node: string): Promise<Record<string, string>> {
  const labels = await hardwareLabels(testEnv, node);
  return Object.fromEntries(Object.entries(labels).filter(([key]) => isOfNics(key)));
}

/** Waits until the labels of the node's NICs are these. */
function untilNicLabels(
  testEnv: TestEnvironment,
  node: string,
  expected: Record<string, string>,
): Promise<true> {
  return eventually(testEnv, `the labels of ${node}`, async () => {
    expectEqual(`labels of ${node}`, await nicLabelsOf(testEnv, node), expected);
    return true;
  });
}

/** A node without a NIC. */
function plainNode(testEnv: TestEnvironment): TestNode {
  const node = testEnv.nodes.find(({ nics }) => nics.count === 0);
  if (node === undefined) throw new Error('this test environment has no node without a NIC');
  return node;
}

async function writeLabel(
  testEnv: TestEnvironment,
  node: string,
  key: string,
  value: string | null,
): Promise<void> {
  const patch = { metadata: { labels: { [key]: value } } };
  await testEnv.kube.patch(resources.nodes, { name: node }, patch, {
    strategy: 'merge',
    fieldManager: 'e2e',
  });
}

export const labels: readonly Case[] = [
  {
    name: 'nodes are labelled by their NICs, and a node without NICs is not',
    async run(testEnv, record) {
      for (const node of testEnv.nodes) {
        await untilNicLabels(testEnv, node.name, nicLabels(node));
        record(`labels of ${node.name}`, await hardwareLabels(testEnv, node.name));
      }
    },
  },
  {
    name: 'a node is labelled by its AI100 disks and its persistent memory',
    async run(testEnv) {
      const expected = {
        [label.ai100.present]: 'true',
        [label.ai100.count]: '2',
        [label.ai100.capacityGB]: '4000',
        [label.ai100.model]: 'PASCARI-AI100E',
        [label.ai100.firmwareCompliant]: 'true',
        [label.pciPresent('0108', '1987')]: 'true',
        [label.nonRotationalDisk]: 'true',
        [label.memoryPresent]: 'true',
        [label.pmem.regions]: '1',
        [label.pmem.modes]: 'fsdax',
      };
      await eventually(testEnv, 'the labels', async () => {
        const found = await hardwareLabels(testEnv, 'node-plain');
        const wanted = Object.keys(expected).map((key) => [key, found[key]]);
        expectEqual('labels of node-plain', Object.fromEntries(wanted), expected);
        return true;
      });
    },
  },
  {
    name: 'a NIC that is plugged in labels its node, and one that is pulled takes the labels away',
    async run(testEnv) {
      const { name, host } = plainNode(testEnv);
      const nic = await host.hardware.cxi.plug({ generation: 2 });
      try {
        const expected = nicLabels({ ...plainNode(testEnv), nics: { count: 1, generation: 2 } });
        // No driver need be loaded for a NIC to be found.
        const { [label.cxi.driverReady]: _, ...found } = expected;
        await untilNicLabels(testEnv, name, host.modules.includes('cxi_ss1') ? expected : found);
      } finally {
        await host.hardware.cxi.unplug(nic);
      }
      await untilNicLabels(testEnv, name, {});
    },
  },
  {
    name: 'labels of others stay as they are, and one that says otherwise is left with an event',
    async run(testEnv) {
      const { name, host } = plainNode(testEnv);
      const [foreign, contested] = ['phison.com/ai100.deploy', label.pciPresent('1590')];
      await writeLabel(testEnv, name, foreign, 'false');
      await writeLabel(testEnv, name, contested, 'false');
      const nic = await host.hardware.cxi.plug({ generation: 2 });
      try {
        await eventually(testEnv, 'the labels of the NIC', async () => {
          const found = await hardwareLabels(testEnv, name);
          expectEqual('of ours', found[label.cxi.present], 'true');
          expectEqual('of others', [found[foreign], found[contested]], ['false', 'false']);
          return true;
        });
        await eventually(testEnv, 'an event', async () => {
          const found = (await conflicts(testEnv, name)).map(({ note = '' }) => note);
          expectThat(
            'it names the label',
            found.some((note) => note.includes(contested)),
            found,
          );
          return true;
        });
        // Told again while the event is remembered, and counted in it when the pod ends.
        await writeLabel(testEnv, name, contested, null);
        await untilLabel(testEnv, name, contested, 'true');
        await writeLabel(testEnv, name, contested, 'false');
        const pod = await podOn(testEnv, name);
        await eventually(testEnv, 'the label to be withheld again', async () => {
          const status = JSON.parse(await testEnv.fetchFromPod(pod, 8083, '/status')) as {
            withheld: string[];
          };
          return status.withheld.includes(contested);
        });
        await testEnv.kube.delete(resources.pods, pod);
        await eventually(testEnv, 'the event to count both', async () => {
          const counts = (await conflicts(testEnv, name)).map(({ series }) => series?.count);
          return counts.includes(2);
        });
      } finally {
        await host.hardware.cxi.unplug(nic);
      }
      await eventually(testEnv, 'only the labels of others to be left', async () => {
        expectEqual('labels', await nicLabelsOf(testEnv, name), { [contested]: 'false' });
        return true;
      });
      await writeLabel(testEnv, name, foreign, null);
      await writeLabel(testEnv, name, contested, null);
    },
  },
];

/** Resolves once the node has the label with this value. */
function untilLabel(testEnv: TestEnvironment, node: string, key: string, value: string): Promise<true> {
  return eventually(testEnv, `${key}=${value}`, async () => {
    expectEqual(key, (await hardwareLabels(testEnv, node))[key], value);
    return true;
  });
}

async function conflicts(testEnv: TestEnvironment, node: string): Promise<readonly Event[]> {
  const { items } = await testEnv.kube.list(resources.events, { namespace: 'default' });
  return items.filter(
    ({ reason, regarding }) => reason === discovery.event.labelConflict && regarding?.name === node,
  );
}

/** Keys of labels that node-discovery owns, as managedFields has them. */
function ownKeys(managedFields: readonly unknown[] = []): string[] {
  const entries = managedFields as readonly {
    readonly manager?: string;
    readonly fieldsV1?: { readonly 'f:metadata'?: { readonly 'f:labels'?: object } };
  }[];
  return entries
    .filter(({ manager }) => manager === discovery.fieldManager)
    .flatMap(({ fieldsV1 }) => Object.keys(fieldsV1?.['f:metadata']?.['f:labels'] ?? {}));
}

/** The node-discovery pod of a node. */
async function podOn(testEnv: TestEnvironment, node: string): Promise<{ namespace: string; name: string }> {
  const { namespace } = testEnv;
  const labelSelector = 'app.kubernetes.io/name=node-discovery';
  const { items } = await testEnv.kube.list(resources.pods, { namespace, labelSelector });
  const name = items.find(({ spec }) => spec?.nodeName === node)?.metadata?.name;
  if (name === undefined) throw new Error(`no node-discovery pod on ${node}`);
  return { namespace, name };
}

/** Everything of node-discovery on a node. */
export async function traces(testEnv: TestEnvironment, node: string): Promise<string[]> {
  const { metadata } = await testEnv.kube.get(resources.nodes, { name: node });
  const keys = Object.keys(metadata?.annotations ?? {});
  return [
    ...ownKeys(metadata?.managedFields),
    ...Object.values(annotation).filter((key) => keys.includes(key)),
  ];
}
