import { cxi } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { devicesOf, eventually, nicNodes, resourceOf } from '../../observe.ts';

export const devices: readonly Case[] = [
  {
    name: 'every NIC has a CXIDevice that says link up, Healthy and its NUMA node, 0 included',
    async run(testEnv, record) {
      for (const node of nicNodes(testEnv)) {
        const items = await eventually(
          testEnv,
          `${node.nics.count} healthy CXIDevices of ${node.name}`,
          async () => {
            const found = await devicesOf(testEnv, node.name);
            const healthy = found.filter(
              (item) => item.status?.health?.status === 'Healthy' && item.status.linkState === 'up',
            );
            if (healthy.length === node.nics.count) return healthy;
            throw new Error(JSON.stringify(found.map((item) => item.status)));
          },
        );
        expectEqual(
          `generation and NUMA node of ${node.name}`,
          items.map(({ status }) => [status?.cassiniGeneration, typeof status?.numaNode]),
          items.map(() => [node.nics.generation, 'number']),
        );
        record(
          `NICs of ${node.name}`,
          items.map(({ status }) => [status?.device, status?.pciAddress, status?.numaNode, status?.nid]),
        );
        expectEqual(
          'one NIC sits on NUMA node 0',
          items.some(({ status }) => status?.numaNode === 0),
          true,
        );
      }
    },
  },
  {
    name: 'nodes carry labels for their NICs, and a node without NICs says so',
    async run(testEnv, record) {
      for (const node of testEnv.nodes) {
        await eventually(testEnv, `labels of ${node.name}`, async () => {
          const { metadata } = await testEnv.kube.get(resources.nodes, { name: node.name });
          const labels = metadata?.labels ?? {};
          const seen = [labels[cxi.label.present], labels[cxi.label.deviceCount]];
          expectEqual('labels', seen, [String(node.nics.count > 0), String(node.nics.count)]);
          const ours = Object.entries(labels).filter(([key]) => key.startsWith('slingshot.hpe.com/'));
          record(`labels of ${node.name}`, ours.map((pair) => pair.join('=')).sort());
          return true;
        });
      }
    },
  },
  {
    name: 'allocatable hpe.com/cxi and beta.hpe.com/cxi are above zero exactly where there are NICs',
    async run(testEnv, record) {
      for (const node of testEnv.nodes) {
        for (const resource of [cxi.resource.cxi, cxi.resource.legacy]) {
          await eventually(testEnv, `${resource} of ${node.name}`, async () => {
            const { capacity, allocatable } = await resourceOf(testEnv, node.name, resource);
            record(`${resource} of ${node.name}`, { capacity, allocatable });
            expectEqual(
              `${resource} of ${node.name}`,
              [allocatable > 0, allocatable],
              [node.nics.count > 0, capacity],
            );
            return true;
          });
        }
      }
    },
  },
];
