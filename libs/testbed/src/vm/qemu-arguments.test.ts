import { expect, test } from '@jest/globals';
import { qemuArguments } from './qemu-arguments.ts';

const spec = {
  ...{ kernel: '/k', initrd: '/i', memoryMiB: 1024, processors: 1, shared: '/s,t' },
  ...{ console: '/c.log', controlSocket: '/control', agentSocket: '/agent' },
  drives: ['a', 'b'].map((name) => ({ name, serial: `S-${name}`, sizeBytes: 4096, file: `/${name}.img` })),
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
