import { expect, test } from '@jest/globals';
import { HostFiles } from '@rackwright/host';
import { checkCdiSpec, formatCdiSpec } from '@rackwright/kubelet';
import { socketFolder } from '@rackwright/kubelet/testing';
import { type HostSpec, SimulatedHost } from '@rackwright/simulator';
import fc from 'fast-check';
import { type CdiContent, cxiCdiSpec } from './cdi-spec.ts';
import { hostCdiSpec } from './host-cdi.ts';
import { expectGolden } from './testing/golden.ts';
import { nic } from './testing/nics.ts';

const roots = { ofiRoot: '/opt/cray/lib64', cxiRoot: '/usr/lib64', ldcacheHook: '' };

async function specOf(
  host: HostSpec,
  more: { nodeRoot?: string; ldcacheHook?: string; env?: string[] } = {},
) {
  using folder = socketFolder();
  const simulated = await SimulatedHost.create(folder.path, host);
  const files = new HostFiles(simulated.root);
  const nics = simulated.hardware.cxi.nics().map((name) => nic(name));
  return hostCdiSpec(nics, more.env ?? [], { files, nodeRoot: '/', ...roots, ...more });
}

test('the specification of a plain node is as in the golden file', async () => {
  const spec = await specOf({ nics: [{ generation: 1 }, { generation: 2 }] });
  expectGolden('cdi-plain.yaml', spec === undefined ? '' : formatCdiSpec(spec));
});

test('with everything: xpmem, environment, a hook and another node root', async () => {
  const spec = await specOf(
    { nics: [{ generation: 1 }], xpmem: true },
    { nodeRoot: '/sim/n1', ldcacheHook: '/usr/bin/nvidia-cdi-hook', env: ['FI_PROVIDER=cxi', 'OPTS=a=b'] },
  );
  expectGolden('cdi-full.yaml', spec === undefined ? '' : formatCdiSpec(spec));
});

test('without libraries and xpmem only the nodes are left', async () => {
  const spec = await specOf({ nics: [{ generation: 2 }], libraries: false });
  expectGolden('cdi-nodes.yaml', spec === undefined ? '' : formatCdiSpec(spec));
});

const content: CdiContent = {
  nics: [],
  libraries: [],
  xpmem: true,
  onNode: (path) => path,
  nodeOf: (name) => `/dev/${name}`,
};

test('no NIC with a device node: no specification', () => {
  expect(cxiCdiSpec(content)).toBeUndefined();
  expect(cxiCdiSpec({ ...content, nics: [nic('cxi0', { nodePresent: false })] })).toBeUndefined();
});

test('whatever the node holds, the specification is valid and names each NIC twice', () => {
  const names = fc.uniqueArray(fc.nat(200), { minLength: 1 });
  fc.assert(
    fc.property(names, fc.boolean(), (numbers, xpmem) => {
      const nics = numbers.map((number) => nic(`cxi${number}`));
      const spec = cxiCdiSpec({ ...content, nics, xpmem });
      expect(checkCdiSpec(spec)).toEqual([]);
      expect(spec?.devices.map(({ name }) => name).sort()).toEqual(
        ['all', ...numbers.map(String), ...numbers.map((number) => `cxi${number}`)].sort(),
      );
    }),
  );
});
