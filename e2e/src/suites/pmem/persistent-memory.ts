import { HostFiles, parseMountinfo, SystemProcessRunner } from '@rackwright/host';
import { pmem, pmemMetric } from '@rackwright/keys';
import type { SimulatedHost } from '@rackwright/simulator';
import { HostTools, Lvm } from '@rackwright/storage';
import type { Case, Recorder } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { deployment, topologyKeys, untilRunning } from './deployment.ts';
import { driverMetrics } from './driver-metrics.ts';
import { growClaim } from './expansion.ts';
import { claim, claimed, endPod, untilDone, untilPhase, volumePod, withClass } from './volume-user.ts';

/** The node that has persistent memory. */
export const memoryNode = 'node-c2';
const MiB = 2 ** 20;
const provisioner = 'memory.pmem-csi.intel.com';

export const persistentMemory: Case = {
  name: 'a PmemCSIDeployment of the default mode makes logical volumes of persistent memory, mounted with dax, and tells when their memory goes away',
  only: 'simulated',
  async run(testEnv, record) {
    await testEnv.kubectl('label', 'node', memoryNode, 'memory=nvdimm', '--overwrite');
    await untilRunning(testEnv, deployment(provisioner, { nodeSelector: { memory: 'nvdimm' } }));
    await eventually(testEnv, 'the driver on the node', async () => {
      const keys = await topologyKeys(testEnv, memoryNode, provisioner);
      return keys?.includes(`${provisioner}/node`) === true;
    });
    await CaseNamespace.use(testEnv, 'pmem-lvm', async (namespace) => {
      const use = async (className: string): Promise<void> => {
        const wait = 'echo kept > data/file; while [ ! -e data/end ]; do sleep 0.2; done';
        await namespace.apply(claim('data', className), volumePod('writer', wait, claimed('data')));
        await untilPhase(testEnv, namespace, 'writer', 'Running');
        record('mounts', mountedVolumes(testEnv));
        await loseMemory(testEnv);
        const touch = 'touch "$RACKWRIGHT_SANDBOX_ROOT/data/end"';
        await namespace.kubectl('exec', 'writer', '--', '/bin/sh', '-c', touch);
        await untilDone(testEnv, namespace, 'writer');
        await endPod(namespace, 'writer');
        await namespace.apply(volumePod('reader', 'cat data/file', claimed('data')));
        expectEqual('what the next pod reads', await untilDone(testEnv, namespace, 'reader'), 'kept\n');
      };
      await withClass(testEnv, namespace, use, { provisioner });
    });
    await Promise.all([useRawAndInline(testEnv), useXfs(testEnv, record)]);
    await eventually(
      testEnv,
      'the logical volumes to be gone',
      async () => (await volumes(testEnv)).length === 0,
    );
    await testEnv.kubectl('delete', 'pmemcsideployments.pmem-csi.intel.com', provisioner, '--wait');
  },
};

/** What pods write to a raw block device and to an inline volume they find there. */
function useRawAndInline(testEnv: TestEnvironment): Promise<void> {
  const csi = { driver: provisioner, volumeAttributes: { size: '8Mi' } };
  const nodeSelector = { memory: 'nvdimm' };
  const onDevice = 'printf raw | dd of=dev/pmem conv=notrunc 2>/dev/null; head -c 3 dev/pmem';
  return CaseNamespace.use(testEnv, 'pmem-lvm-kinds', (namespace) =>
    withClass(
      testEnv,
      namespace,
      async (className) => {
        await namespace.apply(
          claim('raw', className, { volumeMode: 'Block' }),
          volumePod('raw', onDevice, claimed('raw')),
          volumePod(
            'inline',
            'echo here > data/file; cat data/file',
            { name: 'data', csi },
            { nodeSelector },
          ),
        );
        expectEqual('log of the raw pod', await untilDone(testEnv, namespace, 'raw'), 'raw');
        expectEqual('log of the inline pod', await untilDone(testEnv, namespace, 'inline'), 'here\n');
      },
      { provisioner },
    ),
  );
}

/** An xfs is mounted with dax, and grows under its pod. */
function useXfs(testEnv: TestEnvironment, record: Recorder): Promise<void> {
  const parameters = { 'csi.storage.k8s.io/fstype': 'xfs' };
  return CaseNamespace.use(testEnv, 'pmem-lvm-xfs', (namespace) =>
    withClass(
      testEnv,
      namespace,
      async (className) => {
        const pod = volumePod('user', 'exec sleep 3600', claimed('data'));
        await namespace.apply(claim('data', className, { size: '300Mi' }), pod);
        await untilPhase(testEnv, namespace, 'user', 'Running');
        const mount = mountedVolumes(testEnv).find((line) => line.includes(' xfs '));
        record('mount of the xfs', mount);
        expectEqual('blocks', await xfsBlocks(testEnv, mount), (300 * MiB) / 4096);
        await growClaim(testEnv, namespace, { claim: 'data', pod: 'user', size: '340Mi' });
        expectEqual('blocks', await xfsBlocks(testEnv, mount), (340 * MiB) / 4096);
      },
      { provisioner, parameters },
    ),
  );
}

function memoryHost({ nodes }: TestEnvironment): SimulatedHost {
  const node = nodes.find(({ name }) => name === memoryNode);
  if (node === undefined) throw new Error(`there is no node ${memoryNode}`);
  return node.host;
}

/** The namespace loses its driver, and with it its disk, under a pod that has a volume on it. */
async function loseMemory(testEnv: TestEnvironment): Promise<void> {
  const { pmem: memory } = memoryHost(testEnv).hardware;
  const [namespace] = memory.region('region0').namespaces;
  const untilToldOf = (count: number): Promise<unknown> =>
    eventually(testEnv, `${count} volumes to be told to be abnormal`, async () => {
      const lines = (await driverMetrics(testEnv, memoryNode, provisioner)).split('\n');
      return lines.filter((line) => line.startsWith(`${pmemMetric.volumeAbnormal}{`)).length === count;
    });
  await untilToldOf(0);
  memory.setNamespaceEnabled(`namespace0.${namespace?.id}`, false);
  try {
    await untilToldOf(1);
  } finally {
    memory.setNamespaceEnabled(`namespace0.${namespace?.id}`, true);
  }
  await untilToldOf(0);
}

/** Blocks of 4096 bytes of an xfs on the node. */
async function xfsBlocks(testEnv: TestEnvironment, mount = ''): Promise<number> {
  const [device = ''] = mount.split(' ');
  const told = await hostTools(testEnv).expect(['xfs_info', device]);
  return Number(/^data .* blocks=(\d+),/m.exec(told)?.[1]);
}

function hostTools(testEnv: TestEnvironment): HostTools {
  const runner = new SystemProcessRunner(testEnv.clock);
  return new HostTools({ runner, root: memoryHost(testEnv).root, entry: 'tree' });
}

/** Options of the mounts of logical volumes on the node; every one has to have dax. */
function mountedVolumes(testEnv: TestEnvironment): string[] {
  const { root } = memoryHost(testEnv);
  const mounts = parseMountinfo(new HostFiles(root).readText(root.proc('1', 'mountinfo')) ?? '');
  const own = mounts.filter(({ source }) => source.startsWith(root.dev('mapper/ndbus')));
  expectThat('a logical volume is mounted', own.length > 0, JSON.stringify(mounts));
  for (const { superOptions } of own)
    expectThat('it is mounted with dax', superOptions.includes('dax=always'), superOptions.join());
  return own.map(({ fsType, source, superOptions }) => `${source} ${fsType} ${superOptions.join()}`);
}

/** Logical volumes of the driver. */
async function volumes(testEnv: TestEnvironment): Promise<string[]> {
  const { lvs, vgs } = await new Lvm(hostTools(testEnv)).report();
  expectEqual(
    'volume groups',
    vgs.map(({ name }) => name),
    ['ndbus0region0fsdax'],
  );
  return lvs.filter(({ tags }) => tags.includes(pmem.volumeTag + provisioner)).map(({ name }) => name);
}
