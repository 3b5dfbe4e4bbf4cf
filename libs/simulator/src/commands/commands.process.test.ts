import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import {
  HostFiles,
  parseMountinfo,
  type RunOptions,
  type RunOutcome,
  SystemProcessRunner,
} from '@rackwright/host';
import { faults } from '../faults/index.ts';
import { SimulatedHost } from '../simulated-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'rw-commands-'));
const runner = new SystemProcessRunner(systemClock);
let host: SimulatedHost;
let count = 0;

beforeEach(async () => {
  host = await SimulatedHost.create(join(folder, String(count++)), {
    commands: true,
    nvme: [{ namespaces: [{ sectors: 131_072 }] }, { namespaces: [{ sectors: 131_072, readOnly: true }] }],
  });
  mkdirSync(host.root.path('/mnt/a'), { recursive: true });
  mkdirSync(host.root.path('/mnt/b'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program as an agent on the host finds it. */
function run(words: string, options: RunOptions = {}): Promise<RunOutcome> {
  const [program = '', ...args] = words.split(' ');
  return runner.run([program, ...args], { ...options, env: { PATH: host.commands.searchPath } });
}

/** The superblock of an empty ext4 file system, as far as anybody looks at it here. */
function format(path: string): void {
  const disk = openSync(host.root.path(path), 'r+');
  writeSync(disk, Buffer.from([0x53, 0xef]), 0, 2, 0x438);
  closeSync(disk);
}

function mounts(): string[] {
  const text = readFileSync(host.root.path('/proc/1/mountinfo'), 'utf8');
  return parseMountinfo(text)
    .slice(1)
    .map(({ source, mountPoint, options }) => `${source} ${mountPoint} ${options}`);
}

describe('mount and umount', () => {
  test('a mounted disk is in mountinfo, and what is in it stays with it', async () => {
    format('/dev/nvme0n1');
    expect(await run('mount -o noatime,discard /dev/nvme0n1 /mnt/a')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(readFileSync(host.root.path('/proc/self/mountinfo'), 'utf8')).toBe(
      '1 0 0:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n' +
        '2 1 259:0 / /mnt/a rw,noatime shared:2 - ext4 /dev/nvme0n1 rw,discard\n',
    );
    expect((await run('mount')).stdout).toContain('/dev/nvme0n1 on /mnt/a type ext4 (rw,noatime,discard)\n');
    writeFileSync(host.root.path('/mnt/a/sentinel'), 'on the disk');
    expect(await run('umount /mnt/a')).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(host.root.path('/mnt/a/sentinel'))).toBe(false);
    expect(mounts()).toEqual([]);
    await run(`mount ${host.root.path('/dev/nvme0n1')} ${host.root.path('/mnt/b')}`);
    expect(readFileSync(host.root.path('/mnt/b/sentinel'), 'utf8')).toBe('on the disk');
    expect(mounts()).toEqual(['/dev/nvme0n1 /mnt/b rw,relatime']);
  });

  test('a bind shows the same files, and keeps them when the first mount goes', async () => {
    format('/dev/nvme0n1');
    await run('mount /dev/nvme0n1 /mnt/a');
    mkdirSync(host.root.path('/mnt/a/volume'));
    mkdirSync(host.root.path('/mnt/c'));
    await run('mount --bind /mnt/a /mnt/b');
    await run('mount -o bind /mnt/a/volume /mnt/c');
    writeFileSync(host.root.path('/mnt/c/file'), 'seen twice');
    expect(readFileSync(host.root.path('/mnt/b/volume/file'), 'utf8')).toBe('seen twice');
    expect(readFileSync(host.root.path('/proc/1/mountinfo'), 'utf8')).toMatch(
      /^4 1 259:0 \/volume \/mnt\/c /m,
    );
    await run('umount /mnt/a');
    expect(new HostFiles(host.root).list('/mnt/a')).toEqual([]);
    expect(readFileSync(host.root.path('/mnt/b/volume/file'), 'utf8')).toBe('seen twice');
    expect(readFileSync(host.root.path('/mnt/c/file'), 'utf8')).toBe('seen twice');
    expect((await run('umount /mnt/b /mnt/c')).code).toBe(0);
    await run('mount /dev/nvme0n1 /mnt/a');
    expect(readFileSync(host.root.path('/mnt/a/volume/file'), 'utf8')).toBe('seen twice');
  });

  test('memory forgets, and what is mounted below keeps a mount busy', async () => {
    await run('mount -t tmpfs -o size=1m none /mnt/a');
    mkdirSync(host.root.path('/mnt/a/in'));
    await run('mount -t tmpfs none /mnt/a/in');
    expect(await run('umount /mnt/a')).toMatchObject({
      code: 32,
      stderr: 'umount: /mnt/a: target is busy.\n',
    });
    expect((await run('umount -l /mnt/a')).code).toBe(0);
    await run('mount -t tmpfs none /mnt/a');
    expect(new HostFiles(host.root).list('/mnt/a')).toEqual([]);
  });

  test('a remount changes access to the file system, with bind only that of the place', async () => {
    format('/dev/nvme0n1');
    await run('mount /dev/nvme0n1 /mnt/a');
    await run('mount --bind /mnt/a /mnt/b');
    await run('mount -o remount,ro,bind /mnt/b');
    expect(mounts()).toEqual(['/dev/nvme0n1 /mnt/a rw,relatime', '/dev/nvme0n1 /mnt/b ro,relatime']);
    expect((await run('mount')).stdout).toContain('/mnt/a type ext4 (rw,relatime)');
    await run('mount -o remount,ro /mnt/a');
    expect((await run('mount')).stdout).toContain('/mnt/a type ext4 (ro,relatime)');
  });

  test('a write-protected disk is mounted read-only', async () => {
    format('/dev/nvme1n1');
    await run('mount /dev/nvme1n1 /mnt/a');
    expect(mounts()).toEqual(['/dev/nvme1n1 /mnt/a ro,relatime']);
  });

  test('nothing is mounted after a reboot, and disks keep what was in them', async () => {
    format('/dev/nvme0n1');
    await run('mount /dev/nvme0n1 /mnt/a');
    writeFileSync(host.root.path('/mnt/a/kept'), 'x');
    await faults.nvmeRenumbered(host).apply();
    expect(mounts()).toEqual([]);
    expect(existsSync(host.root.path('/mnt/a/kept'))).toBe(false);
    await run('mount /dev/nvme1n1 /mnt/b');
    expect(existsSync(host.root.path('/mnt/b/kept'))).toBe(true);
  });

  const kernelSaid = '       dmesg(1) may have more information after failed mount system call.\n';
  const failures: [words: string, code: number, stderr: string][] = [
    ['mount /dev/none /mnt/a', 32, `mount: /mnt/a: special device /dev/none does not exist.\n${kernelSaid}`],
    ['mount /dev/nvme0n1 /mnt/none', 32, `mount: /mnt/none: mount point does not exist.\n${kernelSaid}`],
    ['mount -t foo /dev/nvme0n1 /mnt/a', 32, `mount: /mnt/a: unknown filesystem type 'foo'.\n${kernelSaid}`],
    [
      'mount /dev/nvme0n1 /mnt/a',
      32,
      `mount: /mnt/a: wrong fs type, bad option, bad superblock on /dev/nvme0n1, missing codepage or helper program, or other error.\n${kernelSaid}`,
    ],
    ['mount /mnt/a', 1, "mount: /mnt/a: can't find in /etc/fstab.\n"],
    ['umount /mnt/a', 32, 'umount: /mnt/a: not mounted.\n'],
    ['umount /mnt/none', 32, 'umount: /mnt/none: no mount point specified.\n'],
    ['umount', 1, "umount: bad usage\nTry 'umount --help' for more information.\n"],
    ['mount --move /mnt/a /mnt/b', 64, 'mount: the simulated mount does not know --move\n'],
  ];

  test('what cannot be done fails as with the real programs', async () => {
    for (const [words, code, stderr] of failures) {
      expect(await run(words)).toMatchObject({ code, stdout: '', stderr });
    }
    expect(mounts()).toEqual([]);
  });

  test('ext4 with direct access needs memory', async () => {
    format('/dev/nvme0n1');
    expect((await run('mount -o dax /dev/nvme0n1 /mnt/a')).code).toBe(32);
  });
});

describe('modprobe', () => {
  test('loads a module with those it needs and shows its hardware', async () => {
    host = await SimulatedHost.create(join(folder, 'nics'), {
      commands: true,
      nics: [{ generation: 1, telemetryFiles: 1 }],
      cxiRh: false,
      nvme: [{}],
    });
    await host.setModules([]);
    expect(existsSync(host.root.path('/sys/class/cxi'))).toBe(false);
    expect(await run('modprobe nvme')).toMatchObject({ code: 0, stderr: '' });
    expect(host.modules).toEqual(['nvme_core', 'nvme']);
    expect(existsSync(host.root.path('/sys/class/nvme/nvme0'))).toBe(true);
    expect((await run('modprobe cxi-user')).code).toBe(0);
    expect(existsSync(host.root.path('/dev/cxi0'))).toBe(true);
    await host.setModules(['nvme_core']);
    expect(existsSync(host.root.path('/dev/cxi0'))).toBe(false);
    expect(existsSync(host.root.path('/sys/class/nvme/nvme0'))).toBe(false);
  });

  test('unloads a module with those nobody needs any more, but none that is in use', async () => {
    const before = host.modules;
    expect(await run('modprobe -r nvme_core')).toMatchObject({
      code: 1,
      stderr: 'modprobe: FATAL: Module nvme_core is in use.\n',
    });
    expect(host.modules).toEqual(before);
    expect((await run('modprobe -r nvme')).code).toBe(0);
    expect(host.modules).not.toContain('nvme_core');
    expect((await run('modprobe -r nvme')).code).toBe(0);
  });

  test('says what the real one says of words it cannot use', async () => {
    expect(await run('modprobe')).toMatchObject({
      code: 1,
      stderr: 'modprobe: ERROR: missing parameters. See -h.\n',
    });
    expect(await run('modprobe --nonsense')).toMatchObject({
      code: 1,
      stderr: "modprobe: unrecognized option '--nonsense'\n",
    });
    expect(await run('modprobe -q foo')).toMatchObject({ code: 1, stderr: '' });
    expect(await run('modprobe -r foo')).toMatchObject({
      code: 1,
      stderr: 'modprobe: FATAL: Module foo not found.\n',
    });
  });

  test('loads all that it finds, whatever it does not find in between', async () => {
    const folder = '/lib/modules/6.4.0-150600.23.47-default';
    expect(await run('modprobe -a foo cxi-user bar')).toMatchObject({
      code: 1,
      stderr: ['foo', 'bar']
        .map((name) => `modprobe: WARNING: Module ${name} not found in directory ${folder}\n`)
        .join(''),
    });
    expect(host.modules).toContain('cxi_user');
  });

  test('does not find what nobody has', async () => {
    expect(await run('modprobe foo')).toMatchObject({
      code: 1,
      stderr: 'modprobe: FATAL: Module foo not found in directory /lib/modules/6.4.0-150600.23.47-default\n',
    });
  });
});

describe('faults of programs', () => {
  test('every run is in the journal, with how it ended', async () => {
    await run('mount -t tmpfs none /mnt/a');
    await run('umount /mnt/b');
    expect(host.commands.journal()).toEqual([
      { command: 'mount', args: ['-t', 'tmpfs', 'none', '/mnt/a'], code: 0 },
      { command: 'umount', args: ['/mnt/b'], code: 32 },
    ]);
  });

  test('a program fails as often as asked, for the words that were named', async () => {
    const fault = faults.commandFails(host, {
      command: 'mount',
      words: ['/mnt/a'],
      times: 1,
      code: 32,
      stderr: 'no\n',
    });
    await fault.apply();
    expect((await run('mount -t tmpfs none /mnt/b')).code).toBe(0);
    expect(await run('mount -t tmpfs none /mnt/a')).toMatchObject({ code: 32, stderr: 'no\n' });
    expect((await run('mount -t tmpfs none /mnt/a')).code).toBe(0);
  });

  test('a program that hangs gets on when the fault ends', async () => {
    const fault = faults.commandHangs(host, { command: 'mount' });
    await fault.apply();
    const running = run('mount -t tmpfs none /mnt/a');
    while (host.commands.journal().length === 0) await new Promise(setImmediate);
    expect(mounts()).toEqual([]);
    await fault.revert?.();
    expect((await running).code).toBe(0);
    expect(mounts()).toHaveLength(1);
  });

  test('a program that hangs is stopped by its caller', async () => {
    await faults.commandHangs(host, { command: 'mount' }).apply();
    await expect(run('mount -t tmpfs none /mnt/a', { deadlineMs: 300 })).rejects.toMatchObject({
      code: 'DeadlineExceeded',
    });
    expect(mounts()).toEqual([]);
  });

  test.each([
    [0, 0],
    [1, 1],
  ])(
    'a mount that is killed after %i steps has made %i mounts, and the next finds all in order',
    async (afterSteps, made) => {
      await faults.commandKilled(host, { command: 'mount', afterSteps, times: 1 }).apply();
      expect(await run('mount -t tmpfs none /mnt/a')).toMatchObject({ code: null, signal: 'SIGKILL' });
      expect(host.commands.journal()).toMatchObject([{ code: undefined }]);
      expect(mounts()).toHaveLength(made);
      expect((await run('mount -t tmpfs none /mnt/b')).code).toBe(0);
      expect(mounts()).toHaveLength(made + 1);
    },
  );

  test('programs that run at once each do their own', async () => {
    const places = Array.from({ length: 6 }, (_, i) => `/mnt/${i}`);
    for (const place of places) mkdirSync(host.root.path(place));
    const codes = await Promise.all(places.map((place) => run(`mount -t tmpfs none ${place}`)));
    expect(codes.map(({ code }) => code)).toEqual(places.map(() => 0));
    expect(mounts()).toHaveLength(6);
    expect(host.commands.journal().every(({ code }) => code === 0)).toBe(true);
  });
});
