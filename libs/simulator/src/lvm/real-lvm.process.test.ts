import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SimulatedHost } from '../simulated-host.ts';

/** The real LVM on loop devices, without the kernel's part of it. */
const ifRoot = process.getuid?.() === 0 ? test : test.skip;

let folder: string;
let host: SimulatedHost;
let loops: string[] = [];
const disks = ['/dev/nvme0n1', '/dev/nvme1n1', '/dev/nvme2n1'];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rw-real-lvm-'));
  const nvme = disks.map(() => ({ namespaces: [{ sectors: 409_600 }] }));
  host = await SimulatedHost.create(join(folder, 'host'), { commands: true, nvme });
});

afterEach(() => {
  for (const loop of loops) execFileSync('losetup', ['--detach', loop]);
  loops = [];
  rmSync(folder, { recursive: true, force: true });
});

/**
 * Lets the real LVM see the disks of the host, and no others, in a `/dev` of its own: it reports
 * in the order of names, and of loop devices `/dev/loop10` comes before `/dev/loop9`.
 */
function attach(): void {
  const seen = join(folder, 'dev');
  mkdirSync(seen);
  for (const disk of disks) {
    const loop = execFileSync('losetup', ['--find', '--show', host.root.path(disk)], { encoding: 'utf8' });
    loops.push(loop.trim());
    symlinkSync(loop.trim(), join(folder, disk));
  }
  const lines = [
    'global { activation=0 use_lvmpolld=0 }',
    'backup { backup=0 archive=0 }',
    `devices { use_devicesfile=0 obtain_device_list_from_udev=0 dir="${seen}" scan=[ "${seen}" ] }`,
  ];
  mkdirSync(join(folder, 'lvm'));
  writeFileSync(join(folder, 'lvm/lvm.conf'), `${lines.join('\n')}\n`);
}

/** Names of disks are those of the simulated host, for the real one too. */
function real(words: string): string {
  const args = words.split(' ').map((word) => (disks.includes(word) ? join(folder, word) : word));
  const env = { PATH: '/usr/sbin:/usr/bin', LC_ALL: 'C', LVM_SYSTEM_DIR: join(folder, 'lvm') };
  const { stdout, status } = spawnSync('lvm', args, { encoding: 'utf8', env });
  return `${stdout.replaceAll(folder, '')}${status}\n`;
}

function simulated(words: string): string {
  const args = words.split(' ');
  const { stdout, status } = spawnSync(host.root.path('/usr/sbin/lvm'), args, { encoding: 'utf8' });
  return `${stdout}${status}\n`;
}

/** What the kernel's part decides, and how much room texts of metadata take. */
const ignored =
  /"(lv_(active\w*|kernel_\w+|permissions|suspended|\w+_table|device_open|attr)|pv_(major|minor)|\w+_mda_free)":"[^"]*"/g;

const report = 'fullreport --units b --nosuffix --reportformat json';
const comparable = (text: string): string => text.replaceAll(ignored, '');
const pvUuid = (n: number): string => `aaaaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaaa${n}`;

const commands = [
  ...disks.map((disk, i) => `pvcreate --norestorefile --uuid ${pvUuid(i)} ${disk}`),
  `vgcreate --addtag b --addtag ai100.managed vg_a ${disks[0]} ${disks[1]}`,
  'lvcreate -an -Wn -Zn --name small --extents 8 --addtag x --addtag ai100.formatting vg_a',
  'lvcreate -an -Wn -Zn --name cache --extents 100%FREE --stripes 2 --stripesize 128k vg_a',
  'lvchange --addtag ai100.ready --deltag ai100.formatting vg_a/small',
  `vgextend vg_a ${disks[2]}`,
  'vgchange --addtag c vg_a',
];

ifRoot('the real LVM reads what was made here as it is meant (needs root)', () => {
  for (const command of commands)
    expect([command, simulated(command)]).toEqual([command, expect.stringMatching(/^0$/m)]);
  attach();
  expect(comparable(real(report))).toBe(comparable(simulated(report)));
  // It takes over and goes on.
  expect(real('lvremove -y vg_a/small')).toMatch(/successfully removed/);
  expect(comparable(simulated(report))).toBe(comparable(real(report)));
});

ifRoot('what the real LVM makes is read here as it is meant, and both say the same (needs root)', () => {
  attach();
  const said = (text: string): string => text.replaceAll(/^ {2}WARNING:.*\n/gm, '');
  const first = commands.map((command) => said(real(command)));
  expect(comparable(simulated(report))).toBe(comparable(real(report)));
  for (const name of ['cache', 'small']) real(`lvremove -y vg_a/${name}`);
  real('vgremove vg_a');
  real(`pvremove ${disks.join(' ')}`);
  expect(commands.map(simulated)).toEqual(first);
});

const refused = [
  'vgcreate other /dev/nvme0n1',
  'vgcreate vg_a /dev/nvme2n1',
  'lvcreate --name small --extents 8 vg_a',
  'lvcreate --name more --extents 8 none',
  'lvchange --addtag x vg_a/none',
  'vgchange --addtag x none',
  'pvcreate /dev/nvme0n1',
  'pvremove /dev/nvme0n1',
  'vgreduce vg_a /dev/nvme0n1',
  'pvs --nonsense',
  'nonsense',
];

ifRoot('both refuse the same with the same exit code (needs root)', () => {
  attach();
  for (const command of commands.slice(0, 6)) real(command);
  const codes = (run: (words: string) => string): string[] =>
    refused.map((words) => `${words}: ${run(words).split('\n').at(-2)}`);
  expect(codes(simulated)).toEqual(codes(real));
});
