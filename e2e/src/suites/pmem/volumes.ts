import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import { driverName, pmemNodesOf, topologyKeys, untilDriverRuns } from './deployment.ts';
import {
  claim,
  claimed,
  endPod,
  untilCapacityIsTold,
  untilDone,
  volumePod,
  volumesOf,
  withClass,
} from './volume-user.ts';

export const driverComes: Case = {
  name: 'a PmemCSIDeployment brings the driver to the nodes of its selector, and to no other',
  async run(testEnv, record) {
    await untilDriverRuns(testEnv);
    const found = await Promise.all(testEnv.nodes.map(({ name }) => topologyKeys(testEnv, name)));
    const names = testEnv.nodes.flatMap(({ name }, i) => (found[i] === undefined ? [] : [name]));
    expectEqual('nodes with the driver', names.sort(), [...pmemNodesOf(testEnv)].sort());
    record(
      'topology keys',
      found.find((keys) => keys !== undefined),
    );
    const driver = await testEnv.kube.get(resources.csiDrivers, { name: driverName });
    expectEqual('attachRequired', driver.spec?.attachRequired, false);
  },
};

export const volumes: readonly Case[] = [
  {
    name: 'a claim gets a volume on the node of its pod, what the pod writes the next one reads, and it goes with the claim',
    async run(testEnv, record) {
      await untilDriverRuns(testEnv);
      await CaseNamespace.use(testEnv, 'pmem', async (namespace) => {
        await withClass(testEnv, namespace, async (className) => {
          await namespace.apply(
            claim('data', className),
            volumePod('writer', 'echo "written by $HOSTNAME" > data/file', claimed('data')),
          );
          await untilDone(testEnv, namespace, 'writer');
          await endPod(namespace, 'writer');
          await namespace.apply(volumePod('reader', 'cat data/file', claimed('data')));
          expectEqual(
            'what the next pod reads',
            await untilDone(testEnv, namespace, 'reader'),
            'written by writer\n',
          );
          const [volume] = await volumesOf(testEnv, className);
          expectEqual('driver', volume?.spec?.csi?.driver, driverName);
          expectEqual('size', volume?.spec?.capacity?.storage, '8Mi');
          record('file system', volume?.spec?.csi?.fsType);
        });
      });
    },
  },
  {
    name: 'a pod with an inline volume of persistent memory writes to it, and the volume goes with the pod',
    async run(testEnv) {
      await untilDriverRuns(testEnv);
      await CaseNamespace.use(testEnv, 'pmem-inline', async (namespace) => {
        const csi = { driver: driverName, volumeAttributes: { size: '8Mi' } };
        const script = 'echo here > data/file && cat data/file';
        const nodeSelector = { storage: 'pmem' };
        await namespace.apply(volumePod('inline', script, { name: 'data', csi }, { nodeSelector }));
        expectEqual('log', await untilDone(testEnv, namespace, 'inline'), 'here\n');
        await endPod(namespace, 'inline');
      });
    },
  },
  {
    name: 'a claim for a raw block device gives the pod a device that keeps its bytes',
    async run(testEnv) {
      await untilDriverRuns(testEnv);
      await CaseNamespace.use(testEnv, 'pmem-raw', async (namespace) => {
        await withClass(testEnv, namespace, async (className) => {
          const write = 'printf raw | dd of=dev/pmem conv=notrunc 2>&1';
          await namespace.apply(
            claim('raw', className, { volumeMode: 'Block' }),
            volumePod('raw-writer', write, claimed('raw')),
          );
          await untilDone(testEnv, namespace, 'raw-writer');
          await endPod(namespace, 'raw-writer');
          await namespace.apply(volumePod('raw-reader', 'head -c 3 dev/pmem', claimed('raw')));
          expectEqual('bytes', (await untilDone(testEnv, namespace, 'raw-reader')).trim(), 'raw');
        });
      });
    },
  },
  {
    name: 'a claim larger than any node has room for waits, and a pod goes only where there is room',
    async run(testEnv) {
      await untilDriverRuns(testEnv);
      await CaseNamespace.use(testEnv, 'pmem-room', async (namespace) => {
        await withClass(testEnv, namespace, async (className) => {
          await untilCapacityIsTold(testEnv, className);
          await namespace.apply(
            claim('huge', className, { size: '2Ti' }),
            volumePod('greedy', 'true', claimed('huge')),
            claim('small', className),
            volumePod('modest', 'true', claimed('small')),
          );
          await untilDone(testEnv, namespace, 'modest');
          await eventually(testEnv, 'the scheduler to say why', async () => {
            const { status } = await testEnv.kube.get(resources.pods, {
              namespace: namespace.name,
              name: 'greedy',
            });
            expectEqual('phase', status?.phase, 'Pending');
            const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
            return scheduled?.message?.includes('did not have enough free storage') === true;
          });
        });
      });
    },
  },
];
