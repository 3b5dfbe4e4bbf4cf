import { expect, test } from '@jest/globals';
import { errorMessage, HwError } from '@rackwright/core';
import { HostRoot, type ProcessRunner, type RunOutcome } from '@rackwright/host';
import { HostTools, type ToolCommand, type ToolEntry } from './host-tools.ts';

const ended: RunOutcome = { code: 0, signal: null, stdout: '', stderr: '' };

/** Tools whose programs end as told; `calls` are their command lines. */
function tools(entry: ToolEntry, outcome: Partial<RunOutcome> = {}, prefix = '/') {
  const calls: (readonly string[])[] = [];
  const environments: unknown[] = [];
  const runner: ProcessRunner = {
    run: (argv, options) => {
      calls.push(argv);
      environments.push(options?.env);
      return Promise.resolve({ ...ended, ...outcome });
    },
  };
  return { calls, environments, tools: new HostTools({ runner, root: new HostRoot(prefix), entry }) };
}

test('on a node a program runs in the namespaces of the first process, with a plain environment', async () => {
  const { calls, environments, tools: host } = tools('pid1');
  await host.expect(['lvm', 'fullreport']);
  expect(calls).toEqual([
    [
      ...['nsenter', '--target', '1', '--mount', '--uts', '--ipc', '--net', '--pid', '--no-fork', '--'],
      ...['lvm', 'fullreport'],
    ],
  ]);
  expect(environments).toEqual([{ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }]);
});

test('a host that is a folder has its programs there', async () => {
  const { calls, tools: host } = tools('tree');
  await host.expect(['ls', '/']);
  expect(calls).toEqual([['/usr/bin/ls', '/']]);
});

test('a missing program is named with the package that brings it', async () => {
  const remedy = {
    code: 'NotFound',
    message: 'the host has no nvme',
    remedy: 'install nvme-cli on the node',
  };
  await expect(tools('tree', {}, '/nowhere').tools.run(['nvme', 'version'])).rejects.toMatchObject(remedy);
  await expect(tools('pid1', { code: 127 }).tools.run(['nvme', 'version'])).rejects.toMatchObject(remedy);
});

test('a program that does not end is named with what it was told and for which device, not with nsenter', async () => {
  const runner: ProcessRunner = {
    run: ([program]) => Promise.reject(new HwError('DeadlineExceeded', `${program} took longer than 9 ms`)),
  };
  const host = new HostTools({ runner, root: new HostRoot(), entry: 'pid1' });
  const messageOf = (...command: ToolCommand): Promise<string> =>
    host.run(command).then(() => '', errorMessage);
  expect(await messageOf('nvme', 'smart-log', '/dev/nvme1', '--output-format=json')).toBe(
    'nvme smart-log /dev/nvme1 did not end in time (see in the log of the kernel which device does not answer): nsenter took longer than 9 ms',
  );
  expect(await messageOf('blkid', '-p', '/dev/nvme1n1')).toMatch(/^blkid \/dev\/nvme1n1 did not end in time/);
});

test('nor is a program that is not started because the one before it has not ended', async () => {
  const why =
    'nsenter for nvme nvme1 is not started: nsenter (pid 7) was told to stop 3s ago and has not ended';
  const runner: ProcessRunner = { run: () => Promise.reject(new HwError('Unavailable', why)) };
  const host = new HostTools({ runner, root: new HostRoot(), entry: 'pid1' });
  const failure = host.run(['nvme', 'smart-log', '/dev/nvme1']).then(() => '', errorMessage);
  expect(await failure).toBe(`nvme smart-log /dev/nvme1 did not end in time before: ${why}`);
});

test('a failure quotes what the program said last, and nothing of descriptors', async () => {
  const stderr = '  Volume group "v" not found\n\nFile descriptor 3 (/dev/console) leaked\n';
  await expect(tools('pid1', { code: 5, stderr }).tools.expect(['lvm', 'vgchange'])).rejects.toThrow(
    'lvm vgchange exited with 5: Volume group "v" not found',
  );
  const hint = "  /dev/v: already exists in filesystem\n  Run `vgcreate --help' for more information.\n";
  await expect(tools('pid1', { code: 3, stderr: hint }).tools.expect(['lvm', 'vgcreate'])).rejects.toThrow(
    'lvm vgcreate exited with 3: /dev/v: already exists in filesystem',
  );
  // What libmount says behind its reason.
  const kernel =
    'mount: /m: /dev/v already mounted on /m.\n       dmesg(1) may have more information after failed mount system call.\n';
  await expect(tools('pid1', { code: 32, stderr: kernel }).tools.expect(['mount', '/dev/v'])).rejects.toThrow(
    'mount /dev/v exited with 32: mount: /m: /dev/v already mounted on /m.',
  );
  await expect(
    tools('pid1', {
      code: 1,
      stderr: 'Log size must be at least 64MB.\nUsage: mkfs.xfs\n[-b]\n',
    }).tools.expect(['mkfs.xfs']),
  ).rejects.toThrow('mkfs.xfs exited with 1: Log size must be at least 64MB.');
  await expect(
    tools('pid1', { code: null, signal: 'SIGKILL' }).tools.expect(['mkfs.xfs', '-f', '/dev/x']),
  ).rejects.toThrow('mkfs.xfs was ended by SIGKILL');
});
