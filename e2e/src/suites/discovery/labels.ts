import { discovery } from '@rackwright/keys';
import { type Event, resources } from '@rackwright/kube';
import type { Bed, BedNode } from '../../bed.ts';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';

const { label, annotation, nfdDomain, ownDomain } = discovery;

/** Every label of a node that node-discovery may write. */
export async function hardwareLabels(bed: Bed, node: string): Promise<Record<string, string>> {
  const { metadata } = await bed.kube.get(resources.nodes, { name: node });
  const entries = Object.entries(metadata?.labels ?? {});
  return Object.fromEntries(
    entries.filter(([key]) => key.startsWith(nfdDomain) || key.startsWith(ownDomain)),
  );
}

/** The labels of a node's NICs as they shall be. */
function nicLabels({ nics }: BedNode): Record<string, string> {
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

async function nicLabelsOf(bed: Bed, node: string): Promise<Record<string, string>> {
  const labels = await hardwareLabels(bed, node);
  return Object.fromEntries(Object.entries(labels).filter(([key]) => isOfNics(key)));
}

/** Waits until the labels of the node's NICs are these. */
function untilNicLabels(bed: Bed, node: string, expected: Record<string, string>): Promise<true> {
  return eventually(bed, `the labels of ${node}`, async () => {
    expectEqual(`labels of ${node}`, await nicLabelsOf(bed, node), expected);
    return true;
  });
}

/** A node without a NIC. */
function plainNode(bed: Bed): BedNode {
  const node = bed.nodes.find(({ nics }) => nics.count === 0);
  if (node === undefined) throw new Error('this bed has no node without a NIC');
  return node;
}

async function writeLabel(bed: Bed, node: string, key: string, value: string | null): Promise<void> {
  const patch = { metadata: { labels: { [key]: value } } };
  await bed.kube.patch(resources.nodes, { name: node }, patch, { strategy: 'merge', fieldManager: 'e2e' });
}

export const labels: readonly Case[] = [
  {
    name: 'nodes are labelled by their NICs, and a node without NICs is not',
    async run(bed, record) {
      for (const node of bed.nodes) {
        await untilNicLabels(bed, node.name, nicLabels(node));
        record(`labels of ${node.name}`, await hardwareLabels(bed, node.name));
      }
    },
  },
  {
    name: 'a node is labelled by its AI100 disks and its persistent memory',
    async run(bed) {
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
      await eventually(bed, 'the labels', async () => {
        const found = await hardwareLabels(bed, 'node-plain');
        const wanted = Object.keys(expected).map((key) => [key, found[key]]);
        expectEqual('labels of node-plain', Object.fromEntries(wanted), expected);
        return true;
      });
    },
  },
  {
    name: 'a NIC that is plugged in labels its node, and one that is pulled takes the labels away',
    async run(bed) {
      const { name, host } = plainNode(bed);
      const nic = await host.plug({ generation: 2 });
      try {
        const expected = nicLabels({ ...plainNode(bed), nics: { count: 1, generation: 2 } });
        // No driver need be loaded for a NIC to be found.
        const { [label.cxi.driverReady]: _, ...found } = expected;
        await untilNicLabels(bed, name, host.modules.includes('cxi_ss1') ? expected : found);
      } finally {
        await host.unplug(nic);
      }
      await untilNicLabels(bed, name, {});
    },
  },
  {
    name: 'labels of others stay as they are, and one that says otherwise is left with an event',
    async run(bed) {
      const { name, host } = plainNode(bed);
      const [foreign, contested] = ['phison.com/ai100.deploy', label.pciPresent('1590')];
      await writeLabel(bed, name, foreign, 'false');
      await writeLabel(bed, name, contested, 'false');
      const nic = await host.plug({ generation: 2 });
      try {
        await eventually(bed, 'the labels of the NIC', async () => {
          const found = await hardwareLabels(bed, name);
          expectEqual('of ours', found[label.cxi.present], 'true');
          expectEqual('of others', [found[foreign], found[contested]], ['false', 'false']);
          return true;
        });
        await eventually(bed, 'an event', async () => {
          const found = (await conflicts(bed, name)).map(({ note = '' }) => note);
          expectThat(
            'it names the label',
            found.some((note) => note.includes(contested)),
            found,
          );
          return true;
        });
        // Told again while the event is remembered, and counted in it when the pod ends.
        await writeLabel(bed, name, contested, null);
        await untilLabel(bed, name, contested, 'true');
        await writeLabel(bed, name, contested, 'false');
        const pod = await podOn(bed, name);
        await eventually(bed, 'the label to be withheld again', async () => {
          const status = JSON.parse(await bed.fetchFromPod(pod, 8083, '/status')) as { withheld: string[] };
          return status.withheld.includes(contested);
        });
        await bed.kube.delete(resources.pods, pod);
        await eventually(bed, 'the event to count both', async () => {
          const counts = (await conflicts(bed, name)).map(({ series }) => series?.count);
          return counts.includes(2);
        });
      } finally {
        await host.unplug(nic);
      }
      await eventually(bed, 'only the labels of others to be left', async () => {
        expectEqual('labels', await nicLabelsOf(bed, name), { [contested]: 'false' });
        return true;
      });
      await writeLabel(bed, name, foreign, null);
      await writeLabel(bed, name, contested, null);
    },
  },
];

/** Resolves once the node has the label with this value. */
function untilLabel(bed: Bed, node: string, key: string, value: string): Promise<true> {
  return eventually(bed, `${key}=${value}`, async () => {
    expectEqual(key, (await hardwareLabels(bed, node))[key], value);
    return true;
  });
}

async function conflicts(bed: Bed, node: string): Promise<readonly Event[]> {
  const { items } = await bed.kube.list(resources.events, { namespace: 'default' });
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
async function podOn(bed: Bed, node: string): Promise<{ namespace: string; name: string }> {
  const { namespace } = bed;
  const labelSelector = 'app.kubernetes.io/name=node-discovery';
  const { items } = await bed.kube.list(resources.pods, { namespace, labelSelector });
  const name = items.find(({ spec }) => spec?.nodeName === node)?.metadata?.name;
  if (name === undefined) throw new Error(`no node-discovery pod on ${node}`);
  return { namespace, name };
}

/** Everything of node-discovery on a node. */
export async function traces(bed: Bed, node: string): Promise<string[]> {
  const { metadata } = await bed.kube.get(resources.nodes, { name: node });
  const keys = Object.keys(metadata?.annotations ?? {});
  return [
    ...ownKeys(metadata?.managedFields),
    ...Object.values(annotation).filter((key) => keys.includes(key)),
  ];
}
