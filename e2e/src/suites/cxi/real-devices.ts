import { statSync } from 'node:fs';
import { cxi } from '@rackwright/keys';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { aNicNode, eventually } from '../../observe.ts';
import type { TestEnvironment, TestNode } from '../../test-environment.ts';
import { logsOf, startWorkload, stopWorkload, untilPhase } from '../../workload.ts';
import { withDevicePlugin } from './driver.ts';

/** What a pod prints of its NIC, one `key=value` a line, and `end` last. */
const look = `env
stat -c 'kind=%F' "/dev/$CXI_DEVICE"
stat -c 'numbers=%t:%T' "/dev/$CXI_DEVICE"
stat -c 'mode=%a' "/dev/$CXI_DEVICE"
echo nics=$(ls /dev | grep -c '^cxi')
echo libraries=$(ls -d /opt/cray/lib64/libfabric* /usr/lib64/libcxi* 2>/dev/null | wc -l)
echo end
exec sleep 3600`;

/** Runs a pod with one NIC on `node` and returns what it saw. */
async function insideOf(
  testEnv: TestEnvironment,
  node: TestNode,
  name: string,
): Promise<ReadonlyMap<string, string>> {
  await startWorkload(testEnv, { name, resource: cxi.resource.cxi, count: 1, node: node.name, script: look });
  try {
    await untilPhase(testEnv, name, 'Running');
    const text = await eventually(testEnv, `${name} to have looked around`, async () => {
      const output = await logsOf(testEnv, name);
      return /^end$/m.test(output) ? output : undefined;
    });
    const pairs = text.split('\n').map((line): [string, string] => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    });
    return new Map(pairs);
  } finally {
    await stopWorkload(testEnv, name);
  }
}

/** Major and minor of a device node of the host tree, as `stat -c %t:%T` prints them (Linux dev_t). */
function numbersOf(node: TestNode, device: string): string {
  const { rdev } = statSync(node.host.root.path(node.host.root.dev(device)));
  const major = (rdev >> 8) & 0xfff;
  const minor = (rdev & 0xff) | ((rdev >> 12) & 0xfff00);
  return `${major.toString(16)}:${minor.toString(16)}`;
}

function expectNic(node: TestNode, seen: ReadonlyMap<string, string>): void {
  const device = seen.get(cxi.env.device) ?? '';
  expectThat('CXI_DEVICE names a NIC of the node', node.host.hardware.cxi.nics().includes(device), [...seen]);
  expectEqual('kind', seen.get('kind'), 'character special file');
  expectEqual('major and minor', seen.get('numbers'), numbersOf(node, device));
  expectEqual('mode', seen.get('mode'), '666');
  expectEqual('NICs in /dev', seen.get('nics'), '1');
  for (const name of [cxi.env.devices, cxi.env.fabricDevice]) expectEqual(name, seen.get(name), device);
  expectEqual(cxi.env.deviceCount, seen.get(cxi.env.deviceCount), '1');
}

const throughCdi = (['cdi-cri', 'cdi-annotations'] as const).map(
  (allocateMode): Case => ({
    name: `the container runtime gives a pod its NIC by CDI, in mode ${allocateMode}`,
    only: 'node',
    deadlineMs: 240_000,
    async run(testEnv) {
      const node = aNicNode(testEnv);
      await withDevicePlugin(testEnv, { allocateMode }, async () => {
        const seen = await insideOf(testEnv, node, allocateMode);
        expectNic(node, seen);
        expectThat('the libraries come with it', Number(seen.get('libraries')) > 0, [...seen]);
      });
    },
  }),
);

export const realDevices: readonly Case[] = [
  {
    name: 'inside a pod its NIC is the character device of the host, alone and with the environment as specified',
    only: 'node',
    async run(testEnv) {
      const node = aNicNode(testEnv);
      expectNic(node, await insideOf(testEnv, node, 'looks-around'));
    },
  },
  ...throughCdi,
];
