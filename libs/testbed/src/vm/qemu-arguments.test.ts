import { expect, test } from '@jest/globals';
import { qemuArguments } from './qemu-arguments.ts';

const spec = {
  ...{ kernel: '/k', initrd: '/i', memoryMiB: 1024, processors: 1, shared: '/s,t' },
  ...{ console: '/c.log', controlSocket: '/control', agentSocket: '/agent' },
  drives: ['a', 'b'].map((name) => ({ name, serial: `S-${name}`, sizeBytes: 4096, file: `/${name}.img` })),
  nvdimms: [],
};

test('each drive has a port of its own, and its serial', () => {
  const args = qemuArguments(spec);
  const slots = args.filter((arg) => arg.startsWith('pcie-root-port'));
  expect(slots).toEqual([
    'pcie-root-port,id=slot-a,bus=pcie.0,chassis=1,slot=1',
    'pcie-root-port,id=slot-b,bus=pcie.0,chassis=2,slot=2',
  ]);
  const controllers = args.filter((arg) => arg.includes('"nvme"')).map((arg) => JSON.parse(arg) as unknown);
  expect(controllers).toEqual([
    { driver: 'nvme', id: 'a', drive: 'disk-a', serial: 'S-a', bus: 'slot-a' },
    { driver: 'nvme', id: 'b', drive: 'disk-b', serial: 'S-b', bus: 'slot-b' },
  ]);
});

test("the host's files are read-only, and a comma in a path ends no option", () => {
  const folders = qemuArguments(spec).filter((arg) => arg.startsWith('local,'));
  expect(folders).toEqual([
    expect.stringMatching(/path=\/,.*readonly=on/),
    expect.stringMatching(/path=\/s,,t,.*readonly=off/),
  ]);
});

test('persistent memory has a slot, labels at the end of its file, and an address of its own', () => {
  const nvdimms = [{ name: 'pmem-1', sizeBytes: 536_870_912, file: '/p.img' }];
  const args = qemuArguments({ ...spec, nvdimms }).join(' ');
  expect(args).toContain('-machine q35,nvdimm=on ');
  expect(args).toContain('-m 1024,slots=1,maxmem=2562M ');
  expect(args).toContain(
    '-object memory-backend-file,id=memory-pmem-1,share=on,size=538968064,mem-path=/p.img ',
  );
  expect(args).toContain('-device nvdimm,id=pmem-1,memdev=memory-pmem-1,label-size=2M');
  expect(qemuArguments(spec).join(' ')).not.toContain('nvdimm');
});
